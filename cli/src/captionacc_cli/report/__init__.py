"""report.html: one file that shows what a run found, with nothing to load from elsewhere."""
