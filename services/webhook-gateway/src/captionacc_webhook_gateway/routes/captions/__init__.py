"""Routes below a video that read, correct and export its captions."""
