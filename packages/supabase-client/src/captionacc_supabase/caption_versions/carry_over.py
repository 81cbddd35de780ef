"""Puts people's captions of one track among new extents. Pure; rules: docs/corrections.md."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.work.states import CaptionState

_SAME = 0.5
"""The share of the shorter one of two captions from which they are the same caption. A new crop or
model moves a boundary by some frames, so it leaves more than half of a caption in place; the next
caption, which has another text, shares less than that."""

_SHORTEST = 2
"""Frames. What a person's caption leaves of a new one is a gap if it is shorter: the decoder finds
no shorter captions either."""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A caption or gap among the new extents; ``former`` is the person's row that it carries on."""

    frames: FrameRange
    kind: ExtentKind
    confidence: float
    former: StoredCaption | None = None

    @property
    def same_extent(self) -> bool:
        """Whether the person's row had this extent too, so that its exact times still hold."""
        return self.former is not None and _frames(self.former) == self.frames


def by_person(row: StoredCaption) -> bool:
    """Whether a person confirmed or changed a caption or gap."""
    return row.state is CaptionState.CONFIRMED or row.edited_at is not None


def place(
    people: Sequence[StoredCaption],
    extents: Sequence[CaptionExtent],
    removed: Sequence[FrameRange] = (),
) -> list[Placed]:
    """Tile the track with the new extents and with people's captions and gaps.

    Args:
        people: Rows of people, in order. They do not overlap and begin within the extents.
        extents: The new extents of the track, which tile its frames.
        removed: Where captions were that people made gaps.

    Returns:
        The new captions and gaps, which tile the same frames; two gaps never stand side by side.
        Each caption of ``people`` is the ``former`` of one of them; a gap of ``people`` is the
        former of one at most.
    """
    captions = [row for row in people if not row.is_gap]
    own = {row.id for row in captions if _keeps_extent(row)}
    while True:
        pieces = _cut([row for row in captions if row.id in own], extents)
        rest = [row for row in captions if row.id not in own]
        takers = _takers(rest, pieces)
        lone = {piece for piece, found in Counter(takers.values()).items() if found == 1}
        # Without a new caption of their own, captions keep their extents, and may displace others.
        homeless = {row.id for row in rest if takers.get(row.id) not in lone}
        if not homeless:
            break
        own |= homeless
    former_of = {takers[row.id]: row for row in rest}
    taken = [
        msgspec.structs.replace(piece, former=former_of[at]) if at in former_of else piece
        for at, piece in enumerate(pieces)
    ]
    gaps = [row for row in people if row.is_gap]
    return _with_former_gaps(_joined(_without(removed, taken)), gaps)


def _keeps_extent(row: StoredCaption) -> bool:
    """Whether a person vouches for the extent: confirmed the caption, or set an exact time."""
    exact = row.start_seconds is not None or row.end_seconds is not None
    return row.state is CaptionState.CONFIRMED or exact


def _cut(own: Sequence[StoredCaption], extents: Sequence[CaptionExtent]) -> list[Placed]:
    """The captions of ``own`` with their extents, and what they leave of the new extents."""
    end = extents[-1].end_frame
    kept = [
        Placed(
            frames=_until(_frames(row), end),
            kind=ExtentKind.CAPTION,
            confidence=row.confidence,
            former=row,
        )
        for row in own
    ]
    left = [piece for extent in extents for piece in _remainder(extent, kept)]
    return sorted([*kept, *left], key=lambda piece: piece.frames.start_frame)


def _remainder(extent: CaptionExtent, kept: Sequence[Placed]) -> Iterable[Placed]:
    whole = FrameRange(start_frame=extent.start_frame, end_frame=extent.end_frame)
    free, at = [], whole.start_frame
    for placed in _overlapping(whole, kept):
        if placed.frames.start_frame > at:
            free.append(FrameRange(start_frame=at, end_frame=placed.frames.start_frame))
        at = placed.frames.end_frame
    if at < whole.end_frame:
        free.append(FrameRange(start_frame=at, end_frame=whole.end_frame))
    covered = len(whole) - sum(map(len, free))
    # It is the person's caption with other times; what is left of it shows no further caption.
    replaced = covered >= _SAME * len(whole)
    for frames in free:
        too_short = covered > 0 and len(frames) < _SHORTEST
        yield Placed(
            frames=frames,
            kind=ExtentKind.GAP if replaced or too_short else extent.kind,
            confidence=extent.confidence,
        )


def _takers(rows: Iterable[StoredCaption], pieces: Sequence[Placed]) -> dict[int, int]:
    """By id of a row, the place in ``pieces`` of the new caption that is the same caption.

    If several are, it is the one with the greatest overlap, or else the earlier one.
    """
    found: dict[int, int] = {}
    for row in rows:
        frames = _frames(row)
        candidates = [
            (shared, -at)
            for at, piece in _places_overlapping(frames, pieces)
            if piece.kind is ExtentKind.CAPTION
            and piece.former is None
            and (shared := _shared(frames, piece.frames))
            >= _SAME * min(len(frames), len(piece.frames))
        ]
        if candidates:
            found[row.id] = -max(candidates)[1]
    return found


def _without(removed: Iterable[FrameRange], pieces: Sequence[Placed]) -> list[Placed]:
    """Make new captions gaps that are mostly the same as captions which people removed.

    More than half of the longer one of the two must be shared, so that no more is hidden than what
    a person saw and removed.
    """
    result = list(pieces)
    for frames in removed:
        for at, piece in _places_overlapping(frames, pieces):
            longer = max(len(frames), len(piece.frames))
            if piece.former is None and _shared(frames, piece.frames) > _SAME * longer:
                result[at] = msgspec.structs.replace(piece, kind=ExtentKind.GAP)
    return result


def _joined(pieces: Iterable[Placed]) -> list[Placed]:
    """Join neighbouring gaps."""
    result: list[Placed] = []
    for piece in pieces:
        last = result[-1] if result else None
        if last is not None and last.kind is piece.kind is ExtentKind.GAP:
            frames = FrameRange(
                start_frame=last.frames.start_frame, end_frame=piece.frames.end_frame
            )
            confidence = min(last.confidence, piece.confidence)
            result[-1] = msgspec.structs.replace(last, frames=frames, confidence=confidence)
        else:
            result.append(piece)
    return result


def _with_former_gaps(pieces: Sequence[Placed], gaps: Iterable[StoredCaption]) -> list[Placed]:
    """Let the new gaps carry on people's gaps, each the one that it shares most frames with."""
    best: dict[int, tuple[int, StoredCaption]] = {}
    for row in gaps:
        frames = _frames(row)
        found = [
            (_shared(frames, piece.frames), -at)
            for at, piece in _places_overlapping(frames, pieces)
            if piece.kind is ExtentKind.GAP
        ]
        if found:
            shared, at = max(found)
            if shared > best.get(-at, (0, row))[0]:
                best[-at] = (shared, row)
    return [
        msgspec.structs.replace(piece, former=best[at][1]) if at in best else piece
        for at, piece in enumerate(pieces)
    ]


def _overlapping(frames: FrameRange, pieces: Sequence[Placed]) -> list[Placed]:
    return [piece for _, piece in _places_overlapping(frames, pieces)]


def _places_overlapping(
    frames: FrameRange, pieces: Sequence[Placed]
) -> Iterable[tuple[int, Placed]]:
    """Pieces, which are in order and do not overlap each other, that share frames with a range."""
    at = bisect_right(pieces, frames.start_frame, key=lambda piece: piece.frames.end_frame)
    while at < len(pieces) and pieces[at].frames.start_frame < frames.end_frame:
        yield at, pieces[at]
        at += 1


def _shared(one: FrameRange, other: FrameRange) -> int:
    """Frames that two ranges share."""
    first = max(one.start_frame, other.start_frame)
    return max(0, min(one.end_frame, other.end_frame) - first)


def _frames(row: StoredCaption) -> FrameRange:
    return FrameRange.from_inclusive(row.start_frame, row.end_frame)


def _until(frames: FrameRange, end: int) -> FrameRange:
    return FrameRange(start_frame=frames.start_frame, end_frame=min(frames.end_frame, end))
