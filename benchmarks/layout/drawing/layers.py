"""What lies over the footage, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.layout.drawing.patch import Patch, Picture, solid


class Layer(Protocol):
    """Something over the footage."""

    def shown(self, seconds: float) -> Iterator[tuple[Patch, float]]:
        """The patches of this moment and their opacity."""
        ...


@dataclass(frozen=True)
class Timed:
    """Patches that stand from a start to an end, with a fade of ``fade`` seconds inside both."""

    items: Sequence[tuple[float, float, Patch]]
    fade: float = 0.0

    def shown(self, seconds: float) -> Iterator[tuple[Patch, float]]:
        for start, end, patch in self.items:
            if start <= seconds < end:
                opacity = 1.0
                if self.fade:
                    inside = min(seconds - start, end - seconds)
                    opacity = min(1.0, max(0.05, inside / self.fade))
                yield patch, opacity


@dataclass(frozen=True)
class Running:
    """A long picture that runs through a window: a ticker to the left, or credits upwards.

    Attributes:
        strip: the whole picture with its opacity: (height, width, 4).
        window: left, top, width and height in the frame.
        speed: pixels per second to the left and upwards.
    """

    strip: Picture
    window: tuple[int, int, int, int]
    speed: tuple[float, float]
    start: float
    end: float

    def shown(self, seconds: float) -> Iterator[tuple[Patch, float]]:
        if not self.start <= seconds < self.end:
            return
        left, top, wide, tall = self.window
        passed = seconds - self.start
        rows = (np.arange(tall) + int(self.speed[1] * passed)) % self.strip.shape[0]
        columns = (np.arange(wide) + int(self.speed[0] * passed)) % self.strip.shape[1]
        part = self.strip[rows][:, columns]
        corners = (left, top, left + wide, top + tall)
        yield (
            Patch(left=left, top=top, colour=part[..., :3], alpha=part[..., 3], letters=corners),
            1.0,
        )


@dataclass(frozen=True)
class Progress:
    """The bar of a player that fills during the video; shown in ``spans``."""

    window: tuple[int, int, int, int]
    seconds: float
    spans: Sequence[tuple[float, float]]

    def shown(self, seconds: float) -> Iterator[tuple[Patch, float]]:
        if any(start <= seconds < end for start, end in self.spans):
            left, top, wide, tall = self.window
            bar = np.full((tall, wide, 3), 150, np.uint8)
            bar[:, : max(1, round(wide * seconds / self.seconds))] = (230, 30, 30)
            yield solid(left, top, bar), 1.0
