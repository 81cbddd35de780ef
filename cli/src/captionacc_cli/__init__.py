"""The command ``captionacc``: run, demo, up, evaluate and report."""
