"""Real workers and the things around them: jobs, local calls, the priority service."""
