"""Drawn text as a small picture with opacity, and how it is laid over a frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.layout.truth import Box

Picture = NDArray[np.uint8]

Corners = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Patch:
    """A picture at a place of the frame.

    Attributes:
        colour: (height, width, 3), red first.
        alpha: opacity, (height, width).
        letters: the rectangle of the letters in the frame, without outline, shadow and box.
    """

    left: int
    top: int
    colour: Picture
    alpha: Picture
    letters: Corners

    def shifted(self, across: int, down: int) -> "Patch":
        left, top, right, bottom = self.letters
        return Patch(
            left=self.left + across,
            top=self.top + down,
            colour=self.colour,
            alpha=self.alpha,
            letters=(left + across, top + down, right + across, bottom + down),
        )


def lay_over(frame: Picture, patch: Patch, opacity: float = 1.0) -> None:
    """Blend the patch into the frame; what lies outside is cut."""
    height, width = frame.shape[:2]
    tall, wide = patch.alpha.shape
    top, left = max(0, patch.top), max(0, patch.left)
    bottom, right = min(height, patch.top + tall), min(width, patch.left + wide)
    if top >= bottom or left >= right:
        return
    rows = slice(top - patch.top, bottom - patch.top)
    columns = slice(left - patch.left, right - patch.left)
    alpha = patch.alpha[rows, columns, None].astype(np.uint16)
    if opacity < 1:
        alpha = (alpha * np.uint16(round(opacity * 256))) >> np.uint16(8)
    part = frame[top:bottom, left:right]
    blended = part * (255 - alpha) + patch.colour[rows, columns] * alpha + 127
    part[:] = blended // 255


def solid(left: int, top: int, picture: Picture, opacity: float = 1.0) -> Patch:
    """A patch of one opacity whose letters fill it."""
    tall, wide = picture.shape[:2]
    alpha = np.full((tall, wide), round(255 * opacity), np.uint8)
    corners = (left, top, left + wide, top + tall)
    return Patch(left=left, top=top, colour=picture, alpha=alpha, letters=corners)


def as_box(corners: Corners, width: int, height: int) -> Box:
    """Pixels as shares of the picture, cut to it."""
    left, top, right, bottom = corners
    return Box(
        left=min(1.0, max(0.0, left / width)),
        top=min(1.0, max(0.0, top / height)),
        right=min(1.0, max(0.0, right / width)),
        bottom=min(1.0, max(0.0, bottom / height)),
    )
