"""OCR engines behind one protocol, and the pure geometry around them."""
