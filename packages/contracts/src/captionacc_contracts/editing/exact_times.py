"""Rules of the exact times of captions.

An exact time refines the time of a frame: it lies within one step of the grid of it. A caption ends
after it starts, and captions of a track do not overlap. Times are on the clock of the file, and
``first_picture_s`` is the time of frame 0 on it.
"""

from typing import Any

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.refusals import invalid_times
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND, ROUNDING_S

STEP_S = 1 / INDICES_PER_SECOND
_ROUNDING_S = float(ROUNDING_S)


def require_fitting(caption: StoredCaption, first_picture_s: float) -> None:
    """Raise when exact times do not fit to the frames of the caption.

    Raises:
        PermanentError: ``caption_times_invalid``.
    """
    on_grid = _on_grid(caption)
    for name, exact, grid_s, frame in (
        (
            "start_seconds",
            caption.start_seconds,
            on_grid.starts_at(first_picture_s),
            f"start_frame {caption.start_frame} starts",
        ),
        (
            "end_seconds",
            caption.end_seconds,
            on_grid.ends_at(first_picture_s),
            f"end_frame {caption.end_frame} ends",
        ),
    ):
        if exact is not None and not _near(exact, grid_s):
            raise invalid_times(
                f"{name} {exact:g} is more than {STEP_S:g} s from {grid_s:.3f} s, where {frame}; "
                "move the frame too."
            )
    if not _ends_after_start(caption, first_picture_s):
        raise invalid_times(
            f"The caption would start at {caption.starts_at(first_picture_s):.3f} s and end at "
            f"{caption.ends_at(first_picture_s):.3f} s; give an end after the start."
        )


def overlap(earlier: StoredCaption, later: StoredCaption, first_picture_s: float) -> bool:
    """Whether ``earlier`` ends after ``later`` starts."""
    ends, starts = earlier.ends_at(first_picture_s), later.starts_at(first_picture_s)
    return ends > starts + _ROUNDING_S


def touch(earlier: StoredCaption, later: StoredCaption, first_picture_s: float) -> bool:
    """Whether ``earlier`` ends when ``later`` starts."""
    apart = later.starts_at(first_picture_s) - earlier.ends_at(first_picture_s)
    return abs(apart) <= _ROUNDING_S


def without_misfits(caption: StoredCaption, first_picture_s: float) -> StoredCaption:
    """The caption without exact times that do not fit to its frames, which have moved."""
    if caption.is_gap:
        return _on_grid(caption)
    on_grid = _on_grid(caption)
    dropped: dict[str, Any] = {}
    if caption.start_seconds is not None and not _near(
        caption.start_seconds, on_grid.starts_at(first_picture_s)
    ):
        dropped["start_seconds"] = None
    if caption.end_seconds is not None and not _near(
        caption.end_seconds, on_grid.ends_at(first_picture_s)
    ):
        dropped["end_seconds"] = None
    kept = msgspec.structs.replace(caption, **dropped)
    return kept if _ends_after_start(kept, first_picture_s) else on_grid


def without_overlap(
    earlier: StoredCaption, later: StoredCaption, first_picture_s: float
) -> tuple[StoredCaption, StoredCaption]:
    """The two captions, without the exact times by which they overlap."""
    if overlap(earlier, later, first_picture_s):
        earlier = without_misfits(
            msgspec.structs.replace(earlier, end_seconds=None), first_picture_s
        )
    if overlap(earlier, later, first_picture_s):
        later = without_misfits(msgspec.structs.replace(later, start_seconds=None), first_picture_s)
    return earlier, later


def _on_grid(caption: StoredCaption) -> StoredCaption:
    return msgspec.structs.replace(caption, start_seconds=None, end_seconds=None)


def _near(exact: float, grid_s: float) -> bool:
    return abs(exact - grid_s) <= STEP_S + _ROUNDING_S


def _ends_after_start(caption: StoredCaption, first_picture_s: float) -> bool:
    return caption.ends_at(first_picture_s) > caption.starts_at(first_picture_s)
