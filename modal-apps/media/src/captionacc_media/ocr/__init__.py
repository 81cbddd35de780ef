"""OCR engines behind one protocol, and the geometry of the sheets that they read."""
