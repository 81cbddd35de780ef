"""Queries of the upkeep of the flow worker: its lease, repairs, retention and figures."""
