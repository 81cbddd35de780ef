"""Groups the pieces of text of a video into places: one row, one anchor, one size of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from captionacc_contracts.frames.tracks import AnchorType
from numpy.typing import NDArray

from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.sightings import alike
from captionacc_layout.looking.video_looks import Seen

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]

# Set by hand on the tuning videos of the layout benchmark.
_TOLERANCE = {AnchorType.CENTER: 0.025, AnchorType.LEFT: 0.02, AnchorType.RIGHT: 0.02}
"""How far apart the anchors of two captions may be, as a share of the side along which they run.
Centres of captions with a hanging comma or a hidden word vary more than aligned edges do."""
_HEIGHT_RATIO = 1.8
"""Ratio of the line heights of two captions: capitals and letters without ascenders differ."""
_SAME_ROW = 0.8
"""Captions share a row when tops, middles or bottoms are this close, in line heights."""
_REACH = 2.4
"""The rows of captions with one, two and three lines are this close, in line heights."""
_CENTRED = 1.1
"""Factor on the fullness of a centred place."""
_MOST_PLACES = 8
"""Places that are looked at: four tracks and the runners-up."""
_MOST_SEEDS = 300
"""Texts that are tried as the middle of a place; more would take seconds in a long video."""
_LOOK_BACK = 50
"""A text is compared with this many texts before it; a film has thousands."""
_FAIR = 0.5
"""Places of lower quality are not joined to others."""
_COMPANY = 0.5
"""A place belongs to another when this share of its texts has company there."""
_NEAR = 1.2
"""Rows of one caption are at most this far apart, in heights of the taller line."""
FARTHEST_LINES, _WIDE_BLANK = 2.2, 4.0
"""Texts that come and go together may be this far apart, in line heights: some scripts have wide
distances of lines, and words far apart are pieces of their own."""
_FARTHEST = 5.0
"""Lines of one caption in a font with much room above and below its letters, as some Arabic fonts
have, are at most this far apart, in line heights."""
_ALONE = 0.3
"""Of two lines that far apart, one stands alone in this share of the captions or more: an original
and its translation always come together."""
_WITH_OTHERS = 0.6
"""The other one comes or goes with it in this share of the captions or more: the network misses
some lines, and may not see that one small text follows another."""
_ONE_SIZE, _ONE_CENTRE = 1.7, 0.03
"""Lines that far apart have heights of at most this ratio, and centres this close, as a share of
the picture's width."""
_SAME_PICTURE = 0.8
"""Two pieces of text are the same text when this much of their strokes is common."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Text in one place, in the order of its first looks."""

    members: list[Appearance]
    anchor: AnchorType
    anchor_position: float
    vertical: bool


class _Columns:
    """The edges of all pieces of text; vertical text is turned, so that it runs along x."""

    def __init__(self, texts: Sequence[Appearance]) -> None:
        edges = np.array([(t.left, t.top, t.right, t.bottom) for t in texts])
        turned = np.array([t.vertical for t in texts])
        left, top, right, bottom = edges.T
        self.vertical = turned
        self.low = np.where(turned, left, top)
        self.high = np.where(turned, right, bottom)
        start = np.where(turned, top, left)
        end = np.where(turned, bottom, right)
        self.height = np.array([t.line_height for t in texts])
        self.anchor: dict[AnchorType, Array] = {
            AnchorType.CENTER: (start + end) / 2,
            AnchorType.LEFT: start,
            AnchorType.RIGHT: end,
        }

    def like(self, seed: int, anchor: AnchorType, reach: float) -> Chosen:
        """Texts with the direction, the anchor, the row and the size of text ``seed``."""
        values, height = self.anchor[anchor], self.height[seed]
        middle = (self.low + self.high) / 2
        rows = np.minimum.reduce(
            [np.abs(each - each[seed]) for each in (self.low, middle, self.high)]
        )
        chosen: Chosen = (
            (self.vertical == self.vertical[seed])
            & (np.abs(values - values[seed]) <= _TOLERANCE[anchor])
            & (self.height <= height * _HEIGHT_RATIO)
            & (self.height >= height / _HEIGHT_RATIO)
            & (rows <= reach * height)
        )
        return chosen


def quality(text: Appearance) -> float:
    """How much a piece of text looks like one of captions: 0 to 1."""
    return float(np.clip((text.certainty - 0.58) / 0.12, 0.02, 1))


def sighted_text(seen: Seen) -> list[int]:
    """The grid indices at which text appeared that looks like captions."""
    return [seen.times[each.first] for each in seen.appearances if quality(each) >= _FAIR]


def distinct(texts: Sequence[Appearance]) -> list[list[Appearance]]:
    """Groups of equal text in an equal place, in the order of their first looks."""
    groups: list[list[Appearance]] = []
    for text in texts:
        for group in reversed(groups[-_LOOK_BACK:]):
            if _same_picture(group[-1], text):
                group.append(text)
                break
        else:
            groups.append([text])
    return groups


def _same_picture(a: Appearance, b: Appearance) -> bool:
    (top_a, left_a), (top_b, left_b) = a.origin, b.origin
    top, left = min(top_a, top_b), min(left_a, left_b)
    if abs(top_a - top_b) > 4 or abs(left_a - left_b) > 8:
        return False
    bottom = max(top_a + a.strokes.shape[0], top_b + b.strokes.shape[0])
    right = max(left_a + a.strokes.shape[1], left_b + b.strokes.shape[1])
    pages = []
    for text, (y, x) in ((a, a.origin), (b, b.origin)):
        page = np.zeros((bottom - top, right - left), np.uint8)
        rows, columns = text.strokes.shape
        page[y - top : y - top + rows, x - left : x - left + columns] = text.strokes
        pages.append(page)
    return alike(pages[0], pages[1]) >= _SAME_PICTURE


def find_places(texts: Sequence[Appearance]) -> list[Place]:
    """Places by how much different text stands in them, fullest first."""
    places: list[Place] = []
    left = list(texts)
    while left and len(places) < _MOST_PLACES:
        place = _fullest(left)
        places.append(place)
        taken = {id(each) for each in place.members}
        left = [each for each in left if id(each) not in taken]
    return places


def _fullest(texts: list[Appearance]) -> Place:
    columns = _Columns(texts)
    values = np.array([quality(each) for each in texts])

    def fullness(candidate: tuple[int, AnchorType]) -> float:
        full = float(values[columns.like(*candidate, _SAME_ROW)].sum())
        # Centres agree by chance less often than edges of captions that are all as long.
        return full * _CENTRED if candidate[1] is AnchorType.CENTER else full

    seeds = map(int, np.linspace(0, len(texts) - 1, min(len(texts), _MOST_SEEDS)))
    seed, anchor = max(product(seeds, AnchorType), key=fullness)
    chosen = columns.like(seed, anchor, _REACH)
    members = [text for text, own in zip(texts, chosen, strict=True) if own]
    return Place(
        members=members,
        anchor=anchor,
        anchor_position=float(np.median(columns.anchor[anchor][chosen])),
        vertical=bool(members[0].vertical),
    )


def merged(places: Sequence[Place]) -> list[Place]:
    """Join places that touch and hold text at the same times.

    The lines of one caption may have different anchors, and a translation may stand right above or
    below the original.
    """
    result: list[Place] = []
    for place in places:
        for number, other in enumerate(result):
            if _belong_together(other, place):
                result[number] = _joined(other, place)
                break
        else:
            result.append(place)
    return result


def _joined(a: Place, b: Place) -> Place:
    """One place with the anchor of the fuller place ``a``."""
    members = sorted([*a.members, *b.members], key=lambda each: each.first)
    return Place(
        members=members,
        anchor=a.anchor,
        anchor_position=a.anchor_position,
        vertical=a.vertical,
    )


def _belong_together(a: Place, b: Place) -> bool:
    if a.vertical != b.vertical or min(_quality(a), _quality(b)) < _FAIR:
        return False
    pairs = [
        (x, y) for x in b.members for y in a.members if x.first <= y.last and y.first <= x.last
    ]
    turned = [(y, x) for x, y in pairs]
    if (_returns(a) or _returns(b)) and not (_with_company(b, pairs) or _with_company(a, turned)):
        # What returns beside the captions is a sign, or a part of older captions behind them.
        return False
    line = max(each.line_height for each in (*a.members, *b.members))
    near = {id(x) for x, y in pairs if _are_one_caption(x, y, line)}
    if len(near) >= _COMPANY * len(b.members):
        return True
    far = {id(x) for x, y in pairs if _are_far_lines(x, y)}
    alone = len(a.members) - len({id(y) for _, y in pairs})
    return len(far) >= _WITH_OTHERS * len(b.members) and alone >= _ALONE * len(a.members)


def _returns(place: Place) -> bool:
    return len(distinct(place.members)) <= len(place.members) / 2


def _with_company(place: Place, pairs: Sequence[tuple[Appearance, Appearance]]) -> bool:
    """Whether texts return with the text beside them, as the lines of a caption shown again do.

    ``pairs`` holds each text of the place with each text of another place that is on screen with
    it.
    """
    together = alone = 0
    for group in distinct(place.members):
        own = {id(each) for each in group}
        company = list({id(other): other for each, other in pairs if id(each) in own}.values())
        if 1 < len(group) <= len(company) and len(distinct(company)) <= len(company) / 2:
            together += len(group)
        elif company:
            alone += len(group)
    return together > alone


def _are_one_caption(a: Appearance, b: Appearance, line: float) -> bool:
    """Whether two texts that are on screen together are parts of one caption."""
    if a.vertical:
        across = max(a.left, b.left) - min(a.right, b.right)
        along = max(a.top, b.top) - min(a.bottom, b.bottom)
    else:
        across = max(a.top, b.top) - min(a.bottom, b.bottom)
        along = max(a.left, b.left) - min(a.right, b.right)
    if across <= _NEAR * line and along <= 0:
        return True
    next_line = across <= FARTHEST_LINES * line and along <= 0
    same_line = across <= 0 and along <= _WIDE_BLANK * line
    together = abs(a.first - b.first) <= 1 and abs(a.last - b.last) <= 1
    return together and (next_line or same_line)


def _are_far_lines(a: Appearance, b: Appearance) -> bool:
    """Whether two texts may be lines of one caption in a font with much room between lines."""
    if a.vertical:
        return False
    low, high = sorted((a.line_height, b.line_height))
    return (
        min(abs(a.first - b.first), abs(a.last - b.last)) <= 1
        and high <= _ONE_SIZE * low
        and abs(a.centre_x - b.centre_x) <= _ONE_CENTRE
        and max(a.top, b.top) - min(a.bottom, b.bottom) <= _FARTHEST * high
    )


def _quality(place: Place) -> float:
    return float(np.mean([quality(each) for each in place.members]))
