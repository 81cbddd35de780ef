"""What keeps the captions that people made: carry-over, versions, and the browser's snapshot."""
