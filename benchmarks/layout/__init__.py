"""How well the extraction finds the places of captions, on videos drawn for it."""
