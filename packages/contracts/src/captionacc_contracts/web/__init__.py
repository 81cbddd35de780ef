"""Bodies of the gateway's routes, by topic."""
