"""The live event stream of a tenant."""
