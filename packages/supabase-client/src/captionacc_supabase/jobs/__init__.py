"""Repositories of jobs: asking, waiting, claiming and holding."""
