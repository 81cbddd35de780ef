"""Repositories of jobs: requests, waiting jobs, claims, leases and ended jobs."""
