"""One vocabulary for text in pictures: boxes, lines, and text that stands beside the captions."""
