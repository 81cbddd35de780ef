"""Finds the lines that are captions: their text changes while their position recurs."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from captionacc_contracts.sqlite_files.layout import AnchorType

from captionacc_media.text.boxes import FrameBox
from captionacc_media.text.same_text import folded

Array = npt.NDArray[np.float64]

# All limits below were set by hand. Horizontal positions are shares of the picture's width, and
# vertical positions are shares of its height.

_MOST_SEEDS = 400
"""Lines that are tried as the place of the captions; more would take seconds in a long video."""
_TOLERANCE = {AnchorType.CENTER: 0.025, AnchorType.LEFT: 0.015, AnchorType.RIGHT: 0.015}
"""How far apart the anchors of two captions may be; centres vary more than aligned edges do."""
_HEIGHT_RATIO = 1.4
"""Ratio of the heights of two caption lines: letters without ascenders make a lower box."""
_SAME_ROW = 0.35
"""Lines of one row have their middles within this many line heights."""
_REACH = 1.5
"""The rows of one- and two-line captions lie within this many line heights."""
_FEWEST = 2
"""Fewest frames with different texts that make a place the captions'."""
_SHARE_OF_FRAMES = 0.02
"""Captions are in at least this share of the sampled frames."""
_CHANCE = 0.0025
"""Probability that a line of scene text fits a row, its anchor and its height by chance."""
_FEW_FRAMES = 12
"""A video of at most this many samples may have one caption only."""
_FEW_LINES = 4
"""Most lines of such a video; with more, one of them is no evidence."""
_SECOND_LANGUAGE_SHARE = 0.3
"""A second language is in at least this share of the frames with captions."""


class CaptionLines(msgspec.Struct, frozen=True, kw_only=True):
    """The lines that count as captions.

    ``anchor_position`` is a share of the picture's width and ``line_height`` a share of its height.
    ``support`` is the number of frames or of different texts, whichever is smaller.
    """

    lines: list[FrameBox]
    anchor_type: AnchorType
    anchor_position: float
    line_height: float
    support: int


class _Table:
    """The lines as columns."""

    def __init__(self, lines: Sequence[FrameBox]) -> None:
        texts: dict[str, int] = {}
        self.lines = lines
        self.at = np.array([line.at for line in lines])
        self.text = np.array([texts.setdefault(folded(line.text), len(texts)) for line in lines])
        self.height: Array = np.array([line.height for line in lines])
        self.centre_y: Array = np.array([line.centre_y for line in lines])
        self.anchor: dict[AnchorType, Array] = {
            AnchorType.CENTER: np.array([line.centre_x for line in lines]),
            AnchorType.LEFT: np.array([line.left for line in lines]),
            AnchorType.RIGHT: np.array([line.right for line in lines]),
        }

    def like(self, seed: int, anchor: AnchorType, reach: float) -> npt.NDArray[np.bool_]:
        """The lines with the anchor and size of line ``seed``, at most ``reach`` heights away."""
        values, height = self.anchor[anchor], self.height[seed]
        members: npt.NDArray[np.bool_] = (
            (np.abs(values - values[seed]) <= _TOLERANCE[anchor])
            & (self.height <= height * _HEIGHT_RATIO)
            & (self.height >= height / _HEIGHT_RATIO)
            & (np.abs(self.centre_y - self.centre_y[seed]) <= reach * height)
        )
        return members

    def support(self, members: npt.NDArray[np.bool_]) -> int:
        """The number of frames or of different texts among ``members``, whichever is smaller."""
        return min(len(np.unique(self.at[members])), len(np.unique(self.text[members])))


def _is_usual(anchor: AnchorType, position: float, centre_y: float) -> bool:
    """Whether a place is where most videos have their captions: centred, near the top or bottom."""
    centred = anchor is AnchorType.CENTER and abs(position - 0.5) <= 0.05
    return centred and (centre_y >= 0.6 or centre_y <= 0.3)


def _weight(anchor: AnchorType, position: float, centre_y: float) -> float:
    """Factor on the support of a place: prefers usual places among equally supported ones."""
    across = 1.0
    if anchor is AnchorType.CENTER:
        across = 1.3 if abs(position - 0.5) <= 0.05 else 0.9
    down = 1.2 if centre_y >= 0.6 else 1.0 if centre_y <= 0.3 else 0.7
    return across * down


def _needed(usual: bool, frames: int, others: int) -> float:
    """Support that ``others`` lines of scene text do not reach by chance.

    The search tries every place, so an unusual place needs more support.
    """
    spread = math.sqrt(_CHANCE * others)
    beyond_chance = 1.5 + 2.5 * spread if usual else 2 + 5 * spread
    return max(_FEWEST, _SHARE_OF_FRAMES * frames, beyond_chance)


def _alone_but_plain(line: FrameBox, frames: int, lines: int) -> bool:
    """Whether the only text of a short video is a caption: it is where captions usually are."""
    return (
        frames <= _FEW_FRAMES
        and lines <= _FEW_LINES
        and line.confidence >= 0.8
        and abs(line.centre_x - 0.5) <= 0.03
        and (line.centre_y >= 0.78 or line.centre_y <= 0.15)
        and line.width >= 2 * line.height
    )


def find_captions(lines: Sequence[FrameBox], frames: int) -> CaptionLines | None:
    """Find the captions.

    Args:
        lines: the lines of all sampled frames, without standing text.
        frames: the number of sampled frames, including those without text.

    Returns:
        None when no line stands out as a caption.
    """
    lines = [line for line in lines if line.width > 0 and line.height > 0 and folded(line.text)]
    if not lines:
        return None
    table = _Table(lines)
    place = _best_supported(table, frames)
    if place is None:
        return None
    members = table.like(place.seed, place.anchor, _REACH)
    anchor = place.anchor
    members |= _second_language(table, members, anchor)
    position = float(np.median(table.anchor[anchor][members]))
    return CaptionLines(
        lines=[line for line, member in zip(lines, members, strict=True) if member],
        anchor_type=anchor,
        anchor_position=position,
        line_height=float(np.median(table.height[members])),
        support=place.support,
    )


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    seed: int
    anchor: AnchorType
    support: int


def _best_supported(table: _Table, frames: int) -> _Place | None:
    """The place whose support is furthest above chance, or None when there is none."""
    count = len(table.at)
    best: tuple[float, _Place] | None = None
    alone: _Place | None = None
    for seed in map(int, np.linspace(0, count - 1, min(count, _MOST_SEEDS))):
        for anchor in AnchorType:
            members = table.like(seed, anchor, _SAME_ROW)
            support = table.support(members)
            place = _Place(seed=seed, anchor=anchor, support=support)
            position, centre_y = float(table.anchor[anchor][seed]), float(table.centre_y[seed])
            usual = _is_usual(anchor, position, centre_y)
            if support >= _needed(usual, frames, count - int(members.sum())):
                score = support * _weight(anchor, position, centre_y)
                if best is None or score > best[0]:
                    best = score, place
            elif anchor is AnchorType.CENTER and _alone_but_plain(table.lines[seed], frames, count):
                alone = alone or place
    return best[1] if best is not None else alone


def _second_language(
    table: _Table, members: npt.NDArray[np.bool_], anchor: AnchorType
) -> npt.NDArray[np.bool_]:
    """The lines of another size that recur right above or below the captions."""
    values = table.anchor[anchor]
    height = float(np.median(table.height[members]))
    half = table.height / 2
    top = float((table.centre_y - half)[members].min())
    bottom = float((table.centre_y + half)[members].max())
    near = (
        ~members
        & (np.abs(values - np.median(values[members])) <= 1.5 * _TOLERANCE[anchor])
        & (table.centre_y + half >= top - height)
        & (table.centre_y - half <= bottom + height)
        & np.isin(table.at, table.at[members])
    )
    company = len(np.unique(table.at[near]))
    needed = max(_FEWEST, _SECOND_LANGUAGE_SHARE * len(np.unique(table.at[members])))
    return near if company >= needed and table.support(near) >= _FEWEST else np.zeros_like(near)
