"""What a person can look at in the local stack: its status, its logs, and the machine."""
