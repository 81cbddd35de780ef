"""The size at which a picture is displayed when its pixels are not square."""

from fractions import Fraction

_LEAST_STRETCH = Fraction(102, 100)
"""Encoders round sizes, which states pixels that are a little off square; nobody sees 2 %."""
_MOST_STRETCH = 4
"""Half-width PAL for 16:9, the most that a format in use has, needs 2.84. A header with more is
damaged, and the stretched picture could exhaust the memory."""


def display_size(
    width: int, height: int, sample_aspect_ratio: Fraction, *, most_pixels: int
) -> tuple[int, int]:
    """Width and height at which players show a stored picture of ``width`` x ``height`` pixels.

    One side is stretched, so that every line of the text stays. When that gives more than
    ``most_pixels``, the other side is shrunk instead.

    Args:
        width: of the stored picture.
        height: of the stored picture.
        sample_aspect_ratio: width over height of one pixel. A ratio that is nearly 1 or is beyond
            belief counts as 1.
        most_pixels: of the result.
    """
    if sample_aspect_ratio <= 0:
        return width, height
    stretch = max(sample_aspect_ratio, 1 / sample_aspect_ratio)
    if not _LEAST_STRETCH <= stretch <= _MOST_STRETCH:
        return width, height
    fits = width * height * stretch <= most_pixels
    if (sample_aspect_ratio > 1) == fits:
        return max(1, round(width * sample_aspect_ratio)), height
    return width, max(1, round(height / sample_aspect_ratio))
