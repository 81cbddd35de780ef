"""The queue as people see it, and what operators change."""
