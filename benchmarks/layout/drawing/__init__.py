"""The parts of a drawn video: footage, texts, lettering, captions and other text."""
