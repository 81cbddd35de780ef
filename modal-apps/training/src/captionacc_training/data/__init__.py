"""Training clips and test sequences: synthetic captions over real footage."""
