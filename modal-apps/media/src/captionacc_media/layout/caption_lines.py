"""Which lines of text are captions: those that recur in position while their text changes."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from captionacc_contracts.sqlite_files.layout import AnchorType

from captionacc_media.text.text_box import TextBox, folded

Array = npt.NDArray[np.float64]

_MOST_SEEDS = 400
_TOLERANCE = {AnchorType.CENTER: 0.025, AnchorType.LEFT: 0.015, AnchorType.RIGHT: 0.015}
_HEIGHT_RATIO = 1.4
_SLOT = 0.35
"""Lines of one slot have their middles within this many line heights."""
_REACH = 1.5
"""The slots of one- and two-line captions lie within this many line heights."""
_FEWEST = 2
_SHARE_OF_FRAMES = 0.02
_CHANCE = 0.0025
"""How probably a line of scene text fits a slot, its anchor and its height by chance."""
_FEW_FRAMES = 12
_FEW_LINES = 4
_SECOND_LANGUAGE_SHARE = 0.3


class CaptionLines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines taken for captions. ``support`` counts frames that show another text than the rest."""

    lines: list[TextBox]
    anchor_type: AnchorType
    anchor_position: float
    line_height: float
    support: int


class _Table:
    """The lines as columns."""

    def __init__(self, lines: Sequence[TextBox]) -> None:
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
        """Lines anchored and sized like line ``seed``, within ``reach`` line heights of it."""
        values, height = self.anchor[anchor], self.height[seed]
        members: npt.NDArray[np.bool_] = (
            (np.abs(values - values[seed]) <= _TOLERANCE[anchor])
            & (self.height <= height * _HEIGHT_RATIO)
            & (self.height >= height / _HEIGHT_RATIO)
            & (np.abs(self.centre_y - self.centre_y[seed]) <= reach * height)
        )
        return members

    def support(self, members: npt.NDArray[np.bool_]) -> int:
        """Frames or texts among ``members``, whichever are fewer."""
        return min(len(np.unique(self.at[members])), len(np.unique(self.text[members])))


def _is_usual(anchor: AnchorType, position: float, centre_y: float) -> bool:
    """Whether a place is where most captions stand."""
    centred = anchor is AnchorType.CENTER and abs(position - 0.5) <= 0.05
    return centred and (centre_y >= 0.6 or centre_y <= 0.3)


def _weight(anchor: AnchorType, position: float, centre_y: float) -> float:
    """Decides between places that are equally supported."""
    across = 1.0
    if anchor is AnchorType.CENTER:
        across = 1.3 if abs(position - 0.5) <= 0.05 else 0.9
    down = 1.2 if centre_y >= 0.6 else 1.0 if centre_y <= 0.3 else 0.7
    return across * down


def _needed(usual: bool, frames: int, others: int) -> float:
    """Support that ``others``, lines of scene text, do not reach by chance.

    Any place at all is searched, so an unusual one must stand out further.
    """
    spread = math.sqrt(_CHANCE * others)
    beyond_chance = 1.5 + 2.5 * spread if usual else 2 + 5 * spread
    return max(_FEWEST, _SHARE_OF_FRAMES * frames, beyond_chance)


def _alone_but_plain(line: TextBox, frames: int, lines: int) -> bool:
    """A single text of a short video is a caption where captions usually stand."""
    return (
        frames <= _FEW_FRAMES
        and lines <= _FEW_LINES
        and line.confidence >= 0.8
        and abs(line.centre_x - 0.5) <= 0.03
        and (line.centre_y >= 0.78 or line.centre_y <= 0.15)
        and line.width >= 2 * line.height
    )


def find_captions(lines: Sequence[TextBox], frames: int) -> CaptionLines | None:
    """Captions among ``lines`` of ``frames`` sampled frames, static text already left out."""
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
    """The place that stands out most from chance, if any does."""
    count = len(table.at)
    best: tuple[float, _Place] | None = None
    alone: _Place | None = None
    for seed in map(int, np.linspace(0, count - 1, min(count, _MOST_SEEDS))):
        for anchor in AnchorType:
            members = table.like(seed, anchor, _SLOT)
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
    """Lines of another size that keep company with the captions, right above or below them."""
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
