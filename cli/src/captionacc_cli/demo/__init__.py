"""``captionacc demo``: the main job on a sample video whose captions are known."""
