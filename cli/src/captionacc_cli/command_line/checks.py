"""Checks of arguments before any work begins."""

import os
from pathlib import Path


class UsageError(Exception):
    """A sentence for a person: what is wrong with the arguments, and the remedy."""


def require_readable(video: Path) -> None:
    """Raises UsageError unless ``video`` is a file that can be read."""
    if not video.exists():
        raise UsageError(f"The file {video} does not exist.")
    if not video.is_file():
        raise UsageError(f"{video} is not a file.")
    if not os.access(video, os.R_OK):
        raise UsageError(f"The file {video} cannot be read; check its permissions.")


def require_writable(folder: Path) -> None:
    """Raises UsageError unless ``folder`` can be written, or made; it is not made here."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise UsageError(
            f"The folder {folder} cannot be created, because {there} is a file. Choose another"
            " with --out."
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(
            f"The folder {there} cannot be written; check its permissions or choose another with"
            " --out."
        )
