"""The main job: a video in, its captions and a report out."""
