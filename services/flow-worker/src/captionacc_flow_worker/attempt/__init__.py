"""One attempt of one job."""
