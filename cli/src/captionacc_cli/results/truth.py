"""Reads truth files: the known captions of a video, against which found captions are scored."""

from pathlib import Path

import msgspec
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_exports.writers.truth import Truth


class TruthError(Exception):
    """A sentence for a person: why a truth file cannot be used."""


def load_truth(path: Path) -> Truth:
    """Read a truth file; raises TruthError when it cannot be read or has another frame rate."""
    try:
        truth = msgspec.json.decode(path.read_bytes(), type=Truth)
    except OSError as error:
        message = f"The truth file {path} cannot be read: {error.strerror}."
        raise TruthError(message) from error
    except (msgspec.DecodeError, PermanentError) as error:
        message = f"{path} is not a truth file: {error}"
        raise TruthError(message) from error
    if truth.frame_rate != INDICES_PER_SECOND:
        message = (
            f"{path} has {truth.frame_rate} frames per second;"
            f" convert it to {INDICES_PER_SECOND} frames per second."
        )
        raise TruthError(message)
    return truth
