"""The live event streams of tenants."""
