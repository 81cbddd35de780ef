"""Scores and ranks waiting jobs: a pure policy behind three HTTP routes, without a database."""
