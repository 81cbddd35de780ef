"""The flows, one module each; what they share stands beside this package."""
