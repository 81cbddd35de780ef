"""``captionacc demo``: the main job on a captioned sample, with its score."""
