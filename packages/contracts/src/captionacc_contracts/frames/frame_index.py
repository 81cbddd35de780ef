"""The grid index: tenths of a second since the first picture, in every frame set.

Index ``i`` shows the picture that is on screen ``i / 10`` s after the first picture: the last
picture with a presentation time of at most ``i / 10`` s (plus a microsecond for rounding). The last
index is the last one before the end of the last picture.
"""

from fractions import Fraction

INDICES_PER_SECOND = 10
"""10 Hz is part of the data format and of the model, so it cannot be changed alone.

Frame indices in rows, files and exports count tenths of a second, and the network and the decoding
rules of the caption extents were trained and tuned on frames a tenth of a second apart. Another
rate needs a migration of the stored indices and a new model.
"""
CROPPED_FRAME_RATE = float(INDICES_PER_SECOND)
"""The same rate in Hz, as a float, as frame sets state it."""
FULL_FRAME_RATE = 0.1
"""Rate in Hz of the full frames, which show the layout: one per 10 s is enough to find it."""
ROUNDING_S = Fraction(1, 1_000_000)
"""Containers state times in their own units; a microsecond covers the rounding between them."""


def index_count(end_s: Fraction) -> int:
    """Number of indices of a video.

    Args:
        end_s: Seconds from the start of the first picture to the end of the last picture.

    Returns:
        At least 1, also for a video whose stated duration is 0.
    """
    return max(1, -((-end_s * INDICES_PER_SECOND) // 1))


def index_step(frame_rate: float) -> int:
    """Distance in indices between the frames of a set that is sampled at ``frame_rate`` Hz.

    Raises:
        ValueError: if 10 Hz is not a multiple of the rate.
    """
    step = Fraction(INDICES_PER_SECOND) / Fraction(frame_rate).limit_denominator(1000)
    if step.denominator != 1 or step < 1:
        message = f"A frame rate must divide {INDICES_PER_SECOND} Hz, but is {frame_rate} Hz."
        raise ValueError(message)
    return int(step)


def shown_until(index: int) -> Fraction:
    """Latest presentation time, in seconds from the first picture, of a picture at ``index``."""
    return Fraction(index, INDICES_PER_SECOND) + ROUNDING_S


def seconds(index: int) -> float:
    """Time in seconds at which ``index`` is shown."""
    return index / INDICES_PER_SECOND
