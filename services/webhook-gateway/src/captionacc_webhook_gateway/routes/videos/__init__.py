"""Routes of videos: upload, list, show, change, delete, and start or stop work."""
