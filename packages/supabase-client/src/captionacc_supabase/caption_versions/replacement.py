"""The captions that replace all those of a video, people's captions carried over. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import msgspec
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing import exact_times
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion, FrameRange
from captionacc_contracts.work.states import CaptionState, OcrStatus

from captionacc_supabase.caption_versions.carry_over import Placed, by_person, place
from captionacc_supabase.caption_versions.track_matching import former_tracks


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """The new rows, and which captions of people are among them; gaps of people do not count.

    Rows of the model have negative ids until they are stored.
    """

    rows: list[StoredCaption]
    carried: list[StoredCaption]
    not_carried: list[StoredCaption]


def carried_over(
    former: Sequence[StoredCaption],
    former_regions: Sequence[CropRegion],
    extents: Mapping[int, Sequence[CaptionExtent]],
    regions: Sequence[CropRegion],
    *,
    removed: Sequence[StoredCaption] = (),
    first_picture_s: float = 0.0,
) -> Replacement:
    """Make rows of new extents, and carry over what people did to the former captions.

    Args:
        former: All former captions and gaps.
        former_regions: The crop regions of the former tracks, in the order of their numbers.
        extents: The new extents by track; those of each track tile its frames.
        regions: The crop regions of the new tracks, in the order of their numbers.
        removed: Captions of the history that are no longer among ``former``.
        first_picture_s: The time of frame 0 on the clock of the file.
    """
    people = [row for row in former if by_person(row)]
    sources = former_tracks(former_regions, regions)
    new_ids = count(-1, -1)
    rows: list[StoredCaption] = []
    for track, of_track in extents.items():
        chosen = _without_overlap(people, sources[track], of_track[-1].end_frame)
        placed = place(chosen, of_track, _made_gaps(removed, chosen))
        new = [_new_row(track, piece, next(new_ids)) for piece in placed]
        rows += _in_turn(new, first_picture_s)
    rows.sort(key=lambda row: (row.start_frame, row.track))
    kept = {row.id for row in rows}
    captions = [row for row in people if not row.is_gap]
    return Replacement(
        rows=rows,
        carried=[row for row in captions if row.id in kept],
        not_carried=[row for row in captions if row.id not in kept],
    )


def _without_overlap(
    people: Sequence[StoredCaption], tracks: Sequence[int], end: int
) -> list[StoredCaption]:
    """Rows of people that begin before ``end``, in order, of which no two share a frame.

    Where captions of several tracks do, the one of the track that is named first stays.
    """
    chosen: list[StoredCaption] = []
    covered: set[int] = set()
    for nth, track in enumerate(tracks):
        for row in people:
            frames = range(row.start_frame, row.end_frame + 1)
            fits = row.track == track and row.start_frame < end
            # Two captions were there, so the gap of another track says nothing about this one.
            if fits and (nth == 0 or (not row.is_gap and covered.isdisjoint(frames))):
                chosen.append(row)
                covered.update(frames)
    return sorted(chosen, key=lambda row: row.start_frame)


def _made_gaps(
    removed: Iterable[StoredCaption], people: Sequence[StoredCaption]
) -> list[FrameRange]:
    """Where captions were that lie in a gap of a person now; others went on in other captions."""
    gaps = [row for row in people if row.is_gap]
    return [
        FrameRange.from_inclusive(row.start_frame, row.end_frame)
        for row in removed
        if any(
            gap.track == row.track
            and gap.start_frame <= row.start_frame
            and row.end_frame <= gap.end_frame
            for gap in gaps
        )
    ]


def _new_row(track: int, piece: Placed, new_id: int) -> StoredCaption:
    gap = piece.kind is ExtentKind.GAP
    row = row_of_model(new_id, CaptionState.GAP if gap else CaptionState.PREDICTED)
    if piece.former is not None:
        row = carried_row(piece.former)
        if not piece.same_extent:
            row = msgspec.structs.replace(row, start_seconds=None, end_seconds=None)
    return msgspec.structs.replace(
        row,
        track=track,
        start_frame=piece.frames.start_frame,
        end_frame=piece.frames.last_frame,
        confidence=piece.confidence,
    )


def row_of_model(new_id: int, state: CaptionState) -> StoredCaption:
    """A row without text; the caller sets its track and frames."""
    return StoredCaption(
        id=new_id,
        start_frame=0,
        end_frame=0,
        state=state,
        confidence=1.0,
        text=None,
        caption_ocr=None,
        caption_ocr_confidence=None,
        caption_ocr_status=None,
        caption_ocr_error=None,
    )


def carried_row(former: StoredCaption) -> StoredCaption:
    """A caption that goes on under its id, without the OCR that it waits for."""
    return msgspec.structs.replace(
        former,
        version=former.version + 1,
        caption_ocr_status=None if former.caption_ocr is None else OcrStatus.COMPLETED,
        caption_ocr_error=None,
    )


def _in_turn(rows: Iterable[StoredCaption], first_picture_s: float) -> list[StoredCaption]:
    """The rows of a track, where captions of the model make way for a person's exact times."""
    result: list[StoredCaption] = []
    for row in rows:
        later = row
        if result and exact_times.overlap(result[-1], later, first_picture_s):
            earlier = result[-1]
            if later.start_seconds is None and not later.is_gap:
                later = msgspec.structs.replace(
                    later, start_seconds=earlier.ends_at(first_picture_s)
                )
            elif earlier.end_seconds is None and not earlier.is_gap:
                earlier = msgspec.structs.replace(
                    earlier, end_seconds=later.starts_at(first_picture_s)
                )
            earlier = exact_times.without_misfits(earlier, first_picture_s)
            later = exact_times.without_misfits(later, first_picture_s)
            if not (earlier.is_gap or later.is_gap):
                earlier, later = exact_times.without_overlap(earlier, later, first_picture_s)
            result[-1] = earlier
        result.append(later)
    return result
