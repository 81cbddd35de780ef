"""The look of a text, and how Pillow draws it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.layout.drawing.patch import Patch, Picture

Colour = tuple[int, int, int]
Plane = NDArray[np.float32]

MARGIN = 12
"""Pixels around the text of a patch that outlines and boxes may use."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """The style of a text; sizes are in pixels.

    Attributes:
        box: opacity of a filled rectangle behind the text, 0 for none.
        spacing: extra pixels after each letter.
    """

    font: Path
    size: int
    fill: Colour = (255, 255, 255)
    edge: Colour = (0, 0, 0)
    stroke: int = 0
    shadow: int = 0
    box: float = 0.0
    box_colour: Colour = (0, 0, 0)
    spacing: int = 0
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Where a text stands.

    ``at`` is a point in pixels. ``keypad`` is the place of the point in the text block, as the
    numbers of a keypad lie: 2 is the middle of the bottom edge, 9 is the top right corner.
    """

    x: float
    y: float
    keypad: int

    @property
    def column(self) -> int:
        """0 left, 1 middle, 2 right."""
        return (self.keypad - 1) % 3

    @property
    def row(self) -> int:
        """0 top, 1 middle, 2 bottom."""
        return 2 - (self.keypad - 1) // 3


@lru_cache(maxsize=256)
def font_of(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def width_of(text: str, look: Look) -> float:
    """Width in pixels of the widest line."""
    font = font_of(look.font, look.size)
    return max(font.getlength(line) + look.spacing * len(line) for line in text.split("\n"))


def draw(text: str, look: Look, anchor: Anchor) -> Patch:
    """Draw one or more lines, separated by line feeds.

    Lines have the height of the font, so that the base line stays where it is from text to text.
    """
    font = font_of(look.font, look.size)
    ascent, descent = font.getmetrics()
    lines = text.split("\n")
    wide = round(max(width_of(line, look) for line in lines))
    line_height = ascent + descent
    tall = line_height * len(lines)
    margin = MARGIN + look.size // 2
    sheet = Image.new("L", (wide + 2 * margin, tall + 2 * margin))
    pen = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        free = wide - width_of(line, look)
        x = margin + free * anchor.column / 2
        y = margin + row * line_height
        if look.spacing:
            for letter in line:
                pen.text((x, y), letter, fill=255, font=font)
                x += font.getlength(letter) + look.spacing
        else:
            pen.text((x, y), line, fill=255, font=font)
    left = round(anchor.x - wide * anchor.column / 2) - margin
    top = round(anchor.y - tall * anchor.row / 2) - margin
    return _finished(np.asarray(sheet), look, left, top, (margin, wide, tall))


def draw_upright(text: str, look: Look, anchor: Anchor) -> Patch:
    """Draw columns of letters one below the other; the first column is the right one."""
    font = font_of(look.font, look.size)
    columns = text.split("\n")
    step = round(look.size * 1.12)
    wide, tall = round(step * 1.15) * len(columns), step * max(map(len, columns))
    margin = MARGIN + look.size // 2
    sheet = Image.new("L", (wide + 2 * margin, tall + 2 * margin))
    pen = ImageDraw.Draw(sheet)
    for number, column in enumerate(columns):
        centre = margin + wide - round(step * 1.15) * (number + 0.5)
        for row, letter in enumerate(column):
            pen.text(
                (centre, margin + (row + 0.5) * step), letter, fill=255, font=font, anchor="mm"
            )
    left = round(anchor.x - wide * anchor.column / 2) - margin
    top = round(anchor.y - tall * anchor.row / 2) - margin
    return _finished(np.asarray(sheet), look, left, top, (margin, wide, tall))


def _finished(
    glyphs: Picture, look: Look, left: int, top: int, block: tuple[int, int, int]
) -> Patch:
    """Put box, shadow, outline and letters together."""
    colour: Plane = np.zeros((*glyphs.shape, 3), np.float32)
    alpha: Plane = np.zeros(glyphs.shape, np.float32)

    def add(cover: Plane, tone: Colour) -> None:
        nonlocal colour, alpha
        colour = colour * (1 - cover[..., None]) + cover[..., None] * np.array(tone, np.float32)
        alpha = alpha + cover * (1 - alpha)

    margin, wide, tall = block
    if look.box:
        plate = np.zeros(glyphs.shape, np.float32)
        pad = look.size // 4
        plate[margin - pad : margin + tall + pad, margin - pad : margin + wide + pad] = look.box
        add(plate, look.box_colour)
    solid = glyphs.astype(np.float32) / np.float32(255)
    outline: Plane = solid
    if look.stroke:
        across = 2 * look.stroke + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
        outline = cv2.dilate(glyphs, disc).astype(np.float32) / np.float32(255)
    if look.shadow:
        lower_right = np.roll(outline, (look.shadow, look.shadow), (0, 1))
        add((0.7 * lower_right).astype(np.float32), (0, 0, 0))
    if look.stroke:
        add(outline, look.edge)
    add(solid, look.fill)
    shown = np.maximum(alpha, 1e-6)
    rows, columns = np.flatnonzero(glyphs.max(1) > 60), np.flatnonzero(glyphs.max(0) > 60)
    if not len(rows):
        rows = columns = np.array([0])
    return Patch(
        left=left,
        top=top,
        # `colour` was added up with opacity; the frame needs it without.
        colour=np.clip(colour / shown[..., None] + 0.5, 0, 255).astype(np.uint8),
        alpha=np.clip(alpha * look.opacity * 255 + 0.5, 0, 255).astype(np.uint8),
        letters=(
            left + int(columns[0]),
            top + int(rows[0]),
            left + int(columns[-1]) + 1,
            top + int(rows[-1]) + 1,
        ),
    )
