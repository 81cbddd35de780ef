"""The flows, one module per kind of job."""
