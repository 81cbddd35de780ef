"""Edits of captions by people: applying, storing and undoing them, and their history."""
