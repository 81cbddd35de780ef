"""Limits the requests of a tenant and of an address, over all gateways together."""
