"""Moving the first or last frame of a caption; the neighbour moves with it."""

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.pen import Pen
from captionacc_contracts.editing.refusals import invalid_frames, refused
from captionacc_contracts.editing.tiled_track import TiledTrack


def require_range(start: int, end: int, track: TiledTrack) -> None:
    """Refuse frames that are not a range within the video.

    Raises:
        PermanentError: ``frame_range_invalid``.
    """
    if not 0 <= start <= end < track.frame_count:
        raise invalid_frames(
            f"Frames {start} to {end} are not a range within frames 0 to {track.frame_count - 1} "
            "of the video."
        )


def move(track: TiledTrack, row: StoredCaption, start: int, end: int, pen: Pen) -> StoredCaption:
    """Give a caption the frames ``start`` to ``end`` (inclusive); return it.

    The row beside a moved frame gets the frames that the caption gives up, and gives the frames
    that the caption takes. At the end of the video, a new gap gets them. A gap may vanish.

    Raises:
        PermanentError: ``frame_range_invalid``; ``state_conflict`` when a caption would vanish, or
            the caption would keep none of its frames.
    """
    require_range(start, end, track)
    if start > row.end_frame or end < row.start_frame:
        raise refused(
            f"Caption {row.id} has frames {row.start_frame} to {row.end_frame}, and must keep one "
            "of them; to move it elsewhere, delete it and add another."
        )
    first = last = track.index_at(row.start_frame)
    left: list[StoredCaption] = []
    right: list[StoredCaption] = []
    if start != row.start_frame:
        first, left = _left_of(track, row, start, pen)
    if end != row.end_frame:
        last, right = _right_of(track, row, end, pen)
    moved = msgspec.structs.replace(
        row,
        start_frame=start,
        end_frame=end,
        start_seconds=row.start_seconds if start == row.start_frame else None,
        end_seconds=row.end_seconds if end == row.end_frame else None,
    )
    track.replace(first, last, [*left, pen.touched(moved), *right])
    return track.rows[track.index_at(start)]


def _left_of(
    track: TiledTrack, row: StoredCaption, start: int, pen: Pen
) -> tuple[int, list[StoredCaption]]:
    """Position of the first row that changes, and the rows that then stand before ``start``."""
    index = track.index_at(row.start_frame)
    if row.start_frame == 0:
        return index, [pen.gap(row.track, row.start_frame, start - 1)]
    first = min(track.index_at(start), index - 1)
    neighbour = track.rows[first]
    vanishes = neighbour.start_frame == start
    _require_gaps(track, range(first if vanishes else first + 1, index), row)
    if vanishes:
        return first, []
    kept = msgspec.structs.replace(neighbour, end_frame=start - 1, end_seconds=None)
    return first, [pen.touched(kept)]


def _right_of(
    track: TiledTrack, row: StoredCaption, end: int, pen: Pen
) -> tuple[int, list[StoredCaption]]:
    """Position of the last row that changes, and the rows that then stand after ``end``."""
    index = track.index_at(row.start_frame)
    if row.end_frame == track.frame_count - 1:
        return index, [pen.gap(row.track, end + 1, row.end_frame)]
    last = max(track.index_at(end), index + 1)
    neighbour = track.rows[last]
    vanishes = neighbour.end_frame == end
    _require_gaps(track, range(index + 1, last + 1 if vanishes else last), row)
    if vanishes:
        return last, []
    kept = msgspec.structs.replace(neighbour, start_frame=end + 1, start_seconds=None)
    return last, [pen.touched(kept)]


def _require_gaps(track: TiledTrack, positions: range, row: StoredCaption) -> None:
    """Refuse to cover a caption; a gap may vanish."""
    for at in positions:
        if not track.rows[at].is_gap:
            raise refused(
                f"Caption {row.id} would cover all frames of caption {track.rows[at].id}; merge "
                "the captions or delete one of them."
            )
