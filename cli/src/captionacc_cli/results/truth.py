"""Truth files: the known captions of a video, against which found captions are scored."""

from pathlib import Path

import msgspec
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion


class TrueCaption(msgspec.Struct, frozen=True, kw_only=True):
    """``end_frame`` is inclusive, as in captions.json."""

    start_frame: int
    end_frame: int
    text: str = ""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The known captions of a video. A truth file may have other fields too.

    Frames are frame indices. ``kind`` names the hard case that the video is for; ``crop_region`` is
    the part of the picture to look at.
    """

    captions: list[TrueCaption]
    frame_rate: int = INDICES_PER_SECOND
    frame_count: int | None = None
    kind: str = "all"
    crop_region: CropRegion | None = None


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
