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


def require_writable(out: Path) -> None:
    """Make the folder ``out``; raises UsageError when it cannot be made or written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {out} cannot be created: {error.strerror}. Choose another with --out."
        ) from error
    if not os.access(out, os.W_OK):
        raise UsageError(
            f"The folder {out} cannot be written; check its permissions or choose another with"
            " --out."
        )
