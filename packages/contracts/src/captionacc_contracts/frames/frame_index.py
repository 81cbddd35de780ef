"""The frame index: tenths of a second since the first picture, in every frame set.

The picture for index ``i`` is the one on screen at ``i / 10`` s: the last whose presentation time,
counted from the first picture's, is at most ``i / 10`` s (plus a rounding microsecond). Indices run
while ``i / 10`` s lies before the end of the last picture.
"""

from fractions import Fraction

INDICES_PER_SECOND = 10
CROPPED_FRAME_RATE = 10.0
FULL_FRAME_RATE = 0.1
ROUNDING_S = Fraction(1, 1_000_000)


def index_count(end_s: Fraction) -> int:
    """How many indices a video has whose last picture ends ``end_s`` after its first begins.

    At least 1 for any video with a picture, whatever its duration says.
    """
    return max(1, -((-end_s * INDICES_PER_SECOND) // 1))


def index_step(frame_rate: float) -> int:
    """Distance between the indices of a frame set sampled at ``frame_rate`` Hz.

    Raises:
        ValueError: when the rate does not divide 10 Hz evenly.
    """
    step = Fraction(INDICES_PER_SECOND) / Fraction(frame_rate).limit_denominator(1000)
    if step.denominator != 1 or step < 1:
        message = f"A frame rate must divide {INDICES_PER_SECOND} Hz, but is {frame_rate} Hz."
        raise ValueError(message)
    return int(step)


def shown_until(index: int) -> Fraction:
    """Latest presentation time, in seconds from the first picture, that ``index`` can show."""
    return Fraction(index, INDICES_PER_SECOND) + ROUNDING_S


def seconds(index: int) -> float:
    """Time in seconds at which ``index`` is shown."""
    return index / INDICES_PER_SECOND
