"""Setting the exact times of a caption; a neighbour gives way where it may."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing import exact_times
from captionacc_contracts.editing.pen import Pen
from captionacc_contracts.editing.refusals import refused
from captionacc_contracts.editing.tiled_track import TiledTrack

Side = Literal["start", "end"]


def set_times(
    track: TiledTrack, row: StoredCaption, times: Mapping[str, float | None], pen: Pen
) -> StoredCaption:
    """Set ``start_seconds``, ``end_seconds`` or both of a caption; return it.

    A neighbour that the new time overlaps gives way: the time that faces the caption moves with it
    when it is that of the frames, or when the two captions touched. Else a person has set it apart.

    Raises:
        PermanentError: ``caption_times_invalid``; ``state_conflict`` when a neighbour whose time a
            person has set is in the way.
    """
    changed = msgspec.structs.replace(row, **times)
    if changed == row:
        return row
    exact_times.require_fitting(changed, track.first_picture_s)
    index = track.index_at(row.start_frame)
    sides: tuple[tuple[int | None, Side], ...] = (
        (track.caption_before(index), "end"),
        (track.caption_after(index), "start"),
    )
    for at, side in sides:
        beside = None if at is None else track.rows[at]
        if beside is None:
            continue
        moved = _given_way(track, beside, side, row, changed)
        if moved != beside:
            track.put(pen.touched(moved))
    track.put(pen.touched(changed))
    return track.rows[track.index_at(row.start_frame)]


def _given_way(
    track: TiledTrack,
    beside: StoredCaption,
    side: Side,
    row: StoredCaption,
    changed: StoredCaption,
) -> StoredCaption:
    """The neighbour, ended or started where the changed caption starts or ends if they overlap.

    ``side`` is the side of the neighbour that faces the caption.
    """
    offset = track.first_picture_s
    if side == "end":
        overlaps = exact_times.overlap(beside, changed, offset)
        follows = beside.end_seconds is None or exact_times.touch(beside, row, offset)
        moved = msgspec.structs.replace(beside, end_seconds=changed.starts_at(offset))
    else:
        overlaps = exact_times.overlap(changed, beside, offset)
        follows = beside.start_seconds is None or exact_times.touch(row, beside, offset)
        moved = msgspec.structs.replace(beside, start_seconds=changed.ends_at(offset))
    if not overlaps:
        return beside
    if not follows:
        raise refused(
            f"The new times of caption {row.id} overlap caption {beside.id}, whose {side} a person "
            f"has set; change that {side} first, or both in one list."
        )
    exact_times.require_fitting(moved, offset)
    return moved
