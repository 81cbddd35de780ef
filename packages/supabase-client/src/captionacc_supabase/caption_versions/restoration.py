"""The captions of an older version as rows for the video as it is now. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import msgspec
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.states import CaptionState

from captionacc_supabase.caption_versions.replacement import carried_row, row_of_model
from captionacc_supabase.caption_versions.track_matching import former_tracks


class Restoration(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that replace those of ``tracks``; rows new to the video have negative ids."""

    rows: list[StoredCaption]
    tracks: list[int]


def restored(
    version: Sequence[StoredCaption],
    version_regions: Sequence[CropRegion],
    present: Sequence[StoredCaption],
    regions: Sequence[CropRegion],
    *,
    last_version: int = 0,
) -> Restoration | None:
    """Make rows of the captions of an older version.

    Args:
        version: All captions and gaps of the version, in the order of their frames.
        version_regions: The crop regions of its tracks, in the order of their numbers.
        present: All captions and gaps that the video has now.
        regions: The crop regions of the tracks that the video has now.
        last_version: The greatest version that a row of ``version`` had before it was removed.

    Returns:
        Null when a place of the version is not one of the places that the video has now.
    """
    track_of = {
        sources[0]: track
        for track, sources in former_tracks(version_regions, regions).items()
        if len(sources) == 1
    }
    if any(row.track not in track_of for row in version):
        return None
    tracks = sorted(set(track_of.values()))
    now = {row.id: row for row in present}
    kept = {row.id for row in present if row.track not in tracks}
    end = max((row.end_frame for row in present), default=version[-1].end_frame)
    # No client has seen a greater number, so an edit of what it has seen is refused.
    newest = max(last_version, *(row.version for row in (*version, *present))) + 1
    new_ids = count(-1, -1)
    rows = []
    for row in version:
        if row.start_frame > end:
            continue
        cut = row.end_frame > end
        rows.append(
            msgspec.structs.replace(
                carried_row(row),
                id=next(new_ids) if row.id in kept else row.id,
                track=track_of[row.track],
                # Storing a row that exists gives it its next version.
                version=now[row.id].version if row.id in now and row.id not in kept else newest,
                end_frame=min(row.end_frame, end),
                end_seconds=None if cut else row.end_seconds,
            )
        )
    return Restoration(rows=[*rows, *_gaps_until(end, rows, tracks, new_ids)], tracks=tracks)


def _gaps_until(
    end: int, rows: Iterable[StoredCaption], tracks: Iterable[int], new_ids: Iterator[int]
) -> list[StoredCaption]:
    """A gap per track after its last row, for frames that the version does not have."""
    last = dict.fromkeys(tracks, -1)
    for row in rows:
        last[row.track] = max(last[row.track], row.end_frame)
    return [
        msgspec.structs.replace(
            row_of_model(next(new_ids), CaptionState.GAP),
            track=track,
            start_frame=at + 1,
            end_frame=end,
        )
        for track, at in last.items()
        if at < end
    ]
