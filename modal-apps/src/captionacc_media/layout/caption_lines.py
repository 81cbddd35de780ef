"""Which lines of text are captions: those that recur in position while their text changes."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from captionacc_contracts.sqlite_files.layout import AnchorType

from captionacc_media.layout.text_box import TextBox, folded

Array = npt.NDArray[np.float64]

_MOST_SEEDS = 400
_TOLERANCE = {AnchorType.CENTER: 0.025, AnchorType.LEFT: 0.015, AnchorType.RIGHT: 0.015}
_HEIGHT_RATIO = 1.7
_REACH = 1.5
"""Caption lines lie within this many line heights of one another's middle."""
_FEWEST = 2
_SHARE_OF_FRAMES = 0.02
_SHARE_OF_LINES = 0.03
_FEW_FRAMES = 12
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
        self.at = np.array([line.at for line in lines])
        self.text = np.array([texts.setdefault(folded(line.text), len(texts)) for line in lines])
        self.height: Array = np.array([line.height for line in lines])
        self.centre_y: Array = np.array([line.centre_y for line in lines])
        self.anchor: dict[AnchorType, Array] = {
            AnchorType.CENTER: np.array([line.centre_x for line in lines]),
            AnchorType.LEFT: np.array([line.left for line in lines]),
            AnchorType.RIGHT: np.array([line.right for line in lines]),
        }

    def like(self, seed: int, anchor: AnchorType) -> npt.NDArray[np.bool_]:
        """Lines placed and sized like line ``seed``."""
        values, height = self.anchor[anchor], self.height[seed]
        members: npt.NDArray[np.bool_] = (
            (np.abs(values - values[seed]) <= _TOLERANCE[anchor])
            & (self.height <= height * _HEIGHT_RATIO)
            & (self.height >= height / _HEIGHT_RATIO)
            & (np.abs(self.centre_y - self.centre_y[seed]) <= _REACH * height)
        )
        return members

    def support(self, members: npt.NDArray[np.bool_]) -> int:
        """Frames or texts among ``members``, whichever are fewer."""
        return min(len(np.unique(self.at[members])), len(np.unique(self.text[members])))


def _usual(anchor: AnchorType, position: float, centre_y: float) -> float:
    """How usual a place is for captions; decides between equally supported ones."""
    across = 1.0
    if anchor is AnchorType.CENTER:
        across = 1.3 if abs(position - 0.5) <= 0.05 else 0.9
    down = 1.2 if centre_y >= 0.6 else 1.0 if centre_y <= 0.3 else 0.7
    return across * down


def _enough(support: int, frames: int, lines: int) -> bool:
    return support >= max(_FEWEST, _SHARE_OF_FRAMES * frames, _SHARE_OF_LINES * lines)


def _alone_but_plain(line: TextBox, frames: int) -> bool:
    """A single text of a short video is a caption where captions usually stand."""
    return (
        frames <= _FEW_FRAMES
        and line.confidence >= 0.8
        and abs(line.centre_x - 0.5) <= 0.04
        and (line.centre_y >= 0.6 or line.centre_y <= 0.25)
        and line.width >= 2 * line.height
    )


def find_captions(lines: Sequence[TextBox], frames: int) -> CaptionLines | None:
    """Captions among ``lines`` of ``frames`` sampled frames, static text already left out."""
    lines = [line for line in lines if line.width > 0 and line.height > 0 and folded(line.text)]
    if not lines:
        return None
    table = _Table(lines)
    best: tuple[float, int, int, AnchorType] | None = None
    for seed in np.linspace(0, len(lines) - 1, min(len(lines), _MOST_SEEDS)).astype(int):
        for anchor in AnchorType:
            support = table.support(table.like(int(seed), anchor))
            position = float(table.anchor[anchor][seed])
            usual = _usual(anchor, position, float(table.centre_y[seed]))
            score = (support * usual, support, -int(seed), anchor)
            if best is None or score[:3] > best[:3]:
                best = score
    if best is None:
        return None
    _, support, seed, anchor = best[0], best[1], -best[2], best[3]
    if not _enough(support, frames, len(lines)) and not _alone_but_plain(lines[seed], frames):
        return None
    members = table.like(seed, anchor)
    # Once more around the middle of what was found, for the first seed may lie at its edge.
    middle = np.flatnonzero(members)[
        np.argmin(np.abs(table.centre_y[members] - np.median(table.centre_y[members])))
    ]
    members |= table.like(int(middle), anchor)
    members |= _second_language(table, members, anchor)
    position = float(np.median(table.anchor[anchor][members]))
    return CaptionLines(
        lines=[line for line, member in zip(lines, members, strict=True) if member],
        anchor_type=anchor,
        anchor_position=position,
        line_height=float(np.median(table.height[members])),
        support=support,
    )


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
