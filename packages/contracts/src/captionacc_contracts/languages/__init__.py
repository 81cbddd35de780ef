"""Languages of captions: BCP 47 tags, the names that people give, and how each is written."""
