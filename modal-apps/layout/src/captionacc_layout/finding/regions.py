"""Suggests the crop region of a track: room for its captions, and for longer ones."""

from collections.abc import Sequence

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import AnchorType

from captionacc_layout.finding.places import Place
from captionacc_layout.looking.appearances import Appearance

# In pixels, a region is 5 to 11.5 times as long as it is tall: the shapes of the regions that the
# extents model was trained with.
SHORTEST_ASPECT = 5.0
LONGEST_ASPECT = 11.5
TALLEST_LINES = 3.5
"""A region is at most this many line heights tall, so that a line has 18 of the 64 pixels of the
model's band. Captions of three and more lines need taller regions."""

# Set by hand; lengths are in line heights.
_PAD, _PAD_AFTER = 0.45, 0.65
"""Room above and below the captions: outlines, shadows and boxes are no strokes, and not every
caption seen has letters that reach below its line."""
_END_PAD = 1.5
"""Room beside the captions."""
_PITCH = 1.35
"""Distance of two lines: room for a second line where all captions have one."""
_USUAL_LENGTH = 0.8
"""Share of the picture's width that centred captions may fill where few captions were seen."""
_ENOUGH = 12
"""With this many captions, the longest one shows how long captions become."""
_OUTLIERS = 40
"""One caption in this many may stick out without stretching the region."""


def suggest_region(
    place: Place,
    *,
    aspect: float,
    standing: Sequence[Appearance] = (),
    neighbours: Sequence[Appearance] = (),
) -> CropRegion:
    """Suggest a region around the captions of a place.

    Args:
        place: where the captions are.
        aspect: width of the picture over its height, in pixels.
        standing: text such as a logo; it is left out if it is beside the captions.
        neighbours: captions of other tracks; the room between them and these captions is shared.
    """
    # Vertical text is turned here, so that it runs along the x axis of a turned picture.
    if place.vertical:
        aspect = 1 / aspect
    members = place.members
    starts = [each.top if place.vertical else each.left for each in members]
    ends = [each.bottom if place.vertical else each.right for each in members]
    lows = [each.left if place.vertical else each.top for each in members]
    highs = [each.right if place.vertical else each.bottom for each in members]
    line = sorted(each.line_height for each in members)[len(members) // 2]
    start, end = _lowest(starts), _highest(ends)
    low, high = _lowest(lows) - _PAD * line, _highest(highs) + _PAD_AFTER * line
    if high - low < (_PAD + _PAD_AFTER + _PITCH) * line and not place.vertical:
        # A second line grows away from the edge of the picture.
        if (low + high) / 2 >= 0.5:
            low -= _PITCH * line
        else:
            high += _PITCH * line
    tallest = max(high - low, TALLEST_LINES * line)
    start, end = _length(place, start, end, line / aspect, tallest * LONGEST_ASPECT / aspect)
    height = high - low
    length = (end - start) * aspect
    if length < SHORTEST_ASPECT * height:
        missing = SHORTEST_ASPECT * height / aspect - (end - start)
        start, end = _within(start - missing / 2, end + missing / 2)
    height = max(height, (end - start) * aspect / LONGEST_ASPECT)
    middle = (low + high) / 2
    low, high = _within(middle - height / 2, middle + height / 2)
    first, last = min(starts), max(ends)
    for text, share in (*((each, 1.0) for each in standing), *((each, 0.5) for each in neighbours)):
        edges = (text.top, text.bottom, text.left, text.right)
        begins, ends_at, over, under = edges if place.vertical else (*edges[2:], *edges[:2])
        if over >= high or under <= low:
            continue
        if ends_at <= first:
            start = max(start, first - share * (first - ends_at))
        elif begins >= last:
            end = min(end, last + share * (begins - last))
    if place.vertical:
        start, end, low, high = low, high, start, end
    return CropRegion(
        crop_left=round(float(start), 4),
        crop_top=round(float(low), 4),
        crop_right=round(float(end), 4),
        crop_bottom=round(float(high), 4),
    )


def _length(
    place: Place, start: float, end: float, line: float, longest: float
) -> tuple[float, float]:
    """Lengthen the span of the captions seen by room for longer ones."""
    start, end = start - _END_PAD * line, end + _END_PAD * line
    few = max(0.0, 1 - len(place.members) / _ENOUGH)
    match place.anchor:
        case AnchorType.CENTER:
            at = place.anchor_position
            half = max(at - start, end - at)
            room = min(_USUAL_LENGTH, longest) / 2
            half = max(half, half + few * (room - half))
            start, end = at - half, at + half
        case AnchorType.LEFT:
            # The margin on the right is the one on the left.
            end = max(end, end + few * (min(1 - max(0.0, start), start + longest) - end))
        case AnchorType.RIGHT:
            start = min(start, start - few * (start - max(1 - min(1.0, end), end - longest)))
    return max(0.0, start), min(1.0, end)


def _lowest(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // _OUTLIERS]


def _highest(values: Sequence[float]) -> float:
    return sorted(values)[-1 - len(values) // _OUTLIERS]


def _within(low: float, high: float) -> tuple[float, float]:
    """Move a span into 0 to 1; cut it only where it is longer than that."""
    if low < 0:
        low, high = 0.0, high - low
    if high > 1:
        low, high = low - (high - 1), 1.0
    return max(0.0, low), min(1.0, high)
