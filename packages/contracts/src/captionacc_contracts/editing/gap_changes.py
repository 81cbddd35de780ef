"""Adding a caption into a gap, and deleting one, which becomes a gap."""

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.frame_moves import require_range
from captionacc_contracts.editing.operations import NewCaption
from captionacc_contracts.editing.pen import Pen
from captionacc_contracts.editing.refusals import refused
from captionacc_contracts.editing.tiled_track import TiledTrack
from captionacc_contracts.editing.time_moves import set_times
from captionacc_contracts.work.states import CaptionState


def add(track: TiledTrack, asked: NewCaption, pen: Pen) -> StoredCaption:
    """Add a caption into one gap; return its row.

    Raises:
        PermanentError: ``frame_range_invalid``, ``caption_times_invalid``; ``state_conflict`` when
            the frames are not all in one gap.
    """
    require_range(asked.start_frame, asked.end_frame, track)
    index = track.index_at(asked.start_frame)
    gap = track.rows[index]
    if not gap.is_gap or gap.end_frame < asked.end_frame:
        raise refused(
            f"Frames {asked.start_frame} to {asked.end_frame} of track {asked.track} are not all "
            "in one gap; move or delete the captions there first."
        )
    made = msgspec.structs.replace(
        pen.row(asked.track, asked.start_frame, asked.end_frame, CaptionState(asked.state)),
        text=asked.text,
        text_edited=asked.text is not None,
        text_status=asked.text_status,
        text_notes=asked.text_notes,
    )
    before, after = _parts_beside(gap, asked.start_frame, asked.end_frame, pen)
    track.replace(index, index, [*before, made, *after])
    made = track.rows[track.index_at(asked.start_frame)]
    times = {"start_seconds": asked.start_seconds, "end_seconds": asked.end_seconds}
    return set_times(track, made, times, pen)


def delete(track: TiledTrack, row: StoredCaption, pen: Pen) -> None:
    """Make a caption a gap, joined with the gaps beside it."""
    index = track.index_at(row.start_frame)
    track.replace(index, index, [pen.gap(row.track, row.start_frame, row.end_frame)])


def _parts_beside(
    gap: StoredCaption, start: int, end: int, pen: Pen
) -> tuple[list[StoredCaption], list[StoredCaption]]:
    """What remains of a gap before ``start`` and after ``end``; the first part keeps its id."""
    before: list[StoredCaption] = []
    after: list[StoredCaption] = []
    if gap.start_frame < start:
        before = [pen.touched(msgspec.structs.replace(gap, end_frame=start - 1))]
    if end < gap.end_frame and before:
        after = [pen.gap(gap.track, end + 1, gap.end_frame)]
    elif end < gap.end_frame:
        after = [pen.touched(msgspec.structs.replace(gap, start_frame=end + 1))]
    return before, after
