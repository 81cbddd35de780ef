"""Adapters of the ports: compute, ranking, orchestration."""
