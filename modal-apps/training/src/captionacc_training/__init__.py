"""How the caption-extents model is trained, tuned and measured."""
