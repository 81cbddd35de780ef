"""What the sample video shows: its shots in order, and its captions."""

from dataclasses import dataclass

WIDTH, HEIGHT, FPS = 640, 360, 25


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A part of one clip; ``start_s`` counts from the start of the clip."""

    clip: str
    start_s: float
    seconds: float
    mirrored: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A caption that shows in the frames ``[first, end)`` of the sample at ``FPS``."""

    first: int
    end: int
    text: str


SHOTS = (
    Shot(clip="bikes.mp4", start_s=0, seconds=10),
    Shot(clip="bigbuckbunny.mp4", start_s=0, seconds=5.2),
    Shot(clip="bikes.mp4", start_s=3, seconds=7, mirrored=True),
    Shot(clip="carphone_pristine.mp4", start_s=0, seconds=4),
    Shot(clip="bigbuckbunny.mp4", start_s=0, seconds=5.2, mirrored=True),
    Shot(clip="bikes.mp4", start_s=0, seconds=9.6),
    Shot(clip="carphone_pristine.mp4", start_s=0, seconds=4, mirrored=True),
    Shot(clip="bikes.mp4", start_s=0, seconds=10, mirrored=True),
    Shot(clip="bigbuckbunny.mp4", start_s=0, seconds=5.2),
    Shot(clip="bikes.mp4", start_s=5, seconds=4.8),
)

# The gap before the line and the time that the line shows, both in frames. A gap of 0 puts two
# captions directly after each other. One pair differs in a single word; one caption has two lines.
_TIMING = (
    (23, 61, "Good morning from the cycle path"),
    (15, 55, "We left the house before sunrise"),
    (0, 48, "and the streets were still empty"),
    (31, 70, "The first rule is to keep left"),
    (0, 52, "The first rule is to keep right"),
    (18, 66, "A rabbit lives under this tree"),
    (27, 58, "He has never seen a bicycle"),
    (12, 45, "Look out for the blue van"),
    (0, 63, "My brother called from the car"),
    (35, 50, "He will be 15 minutes late"),
    (16, 74, "Nobody told him about the traffic,\nso he crosses wherever he likes"),
    (0, 57, "because the bridge is closed"),
    (42, 68, "Turn around at the next corner"),
    (12, 49, "What a beautiful afternoon!"),
    (14, 72, "Nine riders passed us on the hill"),
    (0, 60, "Not one of them said hello"),
    (25, 54, "Butterflies do not ask for directions"),
    (33, 65, "Perhaps we should follow them"),
    (22, 71, "The last train leaves at midnight"),
    (17, 60, "Thank you for watching"),
)


def lines() -> tuple[Line, ...]:
    """The captions in the order of time."""
    found = []
    at = 0
    for gap, shown, text in _TIMING:
        found.append(Line(first=at + gap, end=at + gap + shown, text=text))
        at = found[-1].end
    return tuple(found)


def frame_count() -> int:
    """The number of frames of the sample at ``FPS``."""
    return round(sum(shot.seconds for shot in SHOTS) * FPS)
