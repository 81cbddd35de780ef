"""Jobs, flows, compute calls, their priority and their cost."""
