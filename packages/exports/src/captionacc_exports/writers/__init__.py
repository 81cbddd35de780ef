"""One module per file format; each turns cues or captions into text."""
