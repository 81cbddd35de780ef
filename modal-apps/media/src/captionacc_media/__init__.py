"""Media code: frames, crops, chunks, text boxes, OCR and layout. Knows no framework."""
