"""report.html: one file that shows what a run found and loads nothing from elsewhere."""
