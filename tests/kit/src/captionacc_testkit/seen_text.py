"""A video's text, drawn piece by piece as the looks would have found it."""

from dataclasses import dataclass, field

import numpy as np
from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.video_looks import Seen
from numpy.typing import NDArray

ROWS, COLUMNS = 36, 64
"""Cells of the maps of a 16:9 picture."""


@dataclass
class Screen:
    """Text of a video of 16:9 with ``looks`` looks, two per second."""

    looks: int
    seed: int = 1
    texts: list[Appearance] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.changes: NDArray[np.float64] = np.full(self.looks, 3.0)

    def cut(self, *looks: int) -> "Screen":
        """The scene changes just before these looks."""
        self.changes[list(looks)] = 60.0
        return self

    def add(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        first: int,
        last: int,
        certainty: float = 0.75,
        steadiness: float = 0.97,
        vertical: bool = False,
        lines: int = 1,
        strokes: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Add a piece of text with its edges in shares of the picture; returns its strokes."""
        y, x = int(top * ROWS * 4), int(left * COLUMNS * 4)
        size = max(1, int(bottom * ROWS * 4) - y), max(1, int(right * COLUMNS * 4) - x)
        if strokes is None:
            # Glyphs cover about a third of a line.
            strokes = ((self.random.random(size) < 0.35) * 220).astype(np.uint8)
        self.texts.append(
            Appearance(
                left=left,
                top=top,
                right=right,
                bottom=bottom,
                line_height=(right - left if vertical else (bottom - top) / (1.2 * lines - 0.2)),
                lines=lines,
                vertical=vertical,
                first=first,
                last=last,
                seen=last - first + 1,
                certainty=certainty,
                steadiness=steadiness,
                strokes=strokes,
                origin=(y, x),
            )
        )
        return strokes

    def captions(
        self,
        count: int,
        *,
        middle: float = 0.5,
        bottom: float = 0.92,
        height: float = 0.05,
        first: int = 2,
        lines: int = 1,
    ) -> "Screen":
        """Centred captions that follow each other until the video ends."""
        step = (self.looks - first) // count
        for number in range(count):
            half = self.random.uniform(0.1, 0.28)
            start = first + number * step
            self.add(
                middle - half,
                bottom - height * (1.2 * lines - 0.2),
                middle + half,
                bottom,
                first=start,
                last=min(self.looks - 2, start + max(1, int(step * 0.7))),
                lines=lines,
            )
        return self

    def logo(self, left: float = 0.86, top: float = 0.06) -> "Screen":
        """A logo that stays for the whole video."""
        self.add(left, top, left + 0.1, top + 0.05, first=0, last=self.looks - 1)
        return self

    def scene_text(self, count: int) -> "Screen":
        """Signs and textures that come and go with the scenes, at any place."""
        for _ in range(count):
            first = int(self.random.integers(1, self.looks - 2))
            self.cut(first, first + 1)
            left, top = self.random.uniform(0, 0.85), self.random.uniform(0, 0.8)
            self.add(left, top, left + 0.06, top + 0.08, first=first, last=first, certainty=0.6)
        return self

    def seen(self) -> Seen:
        """The text as `VideoLooks` returns it."""
        return Seen(
            times=[5 * look for look in range(self.looks)],
            changes=self.changes,
            appearances=sorted(self.texts, key=lambda each: each.first),
            unsteady=np.zeros((ROWS, COLUMNS), np.int32),
        )
