"""What a drawn video shows, and where. It is kept as JSON beside the video."""

from pathlib import Path

import msgspec


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle in shares (0 to 1) of the displayed picture, origin top left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def intersection(self, other: "Box") -> "Box":
        return Box(
            left=max(self.left, other.left),
            top=max(self.top, other.top),
            right=min(self.right, other.right),
            bottom=min(self.bottom, other.bottom),
        )

    def hull(self, other: "Box") -> "Box":
        return Box(
            left=min(self.left, other.left),
            top=min(self.top, other.top),
            right=max(self.right, other.right),
            bottom=max(self.bottom, other.bottom),
        )


class CaptionTruth(msgspec.Struct, frozen=True, kw_only=True):
    """A caption that is shown from ``start`` to ``end`` seconds; ``box`` holds its letters."""

    start: float
    end: float
    text: str
    box: Box


class TrackTruth(msgspec.Struct, frozen=True, kw_only=True):
    """The captions at one place.

    Attributes:
        direction: how text runs: ``left_to_right``, ``right_to_left`` or ``top_to_bottom``.
        standing: the one caption stays for the whole video. Such a track may be found or not,
            because nothing tells it from a notice.
    """

    name: str
    script: str
    direction: str
    captions: list[CaptionTruth]
    standing: bool = False


class Distractor(msgspec.Struct, frozen=True, kw_only=True):
    """Text that is not a caption; ``box`` holds all its places from ``start`` to ``end``."""

    kind: str
    start: float
    end: float
    box: Box


class VideoTruth(msgspec.Struct, frozen=True, kw_only=True):
    """A drawn video. ``footage`` and ``fonts`` name the files that it was made from."""

    split: str
    kind: str
    number: int
    renderer: str
    width: int
    height: int
    frame_rate: int
    seconds: float
    footage: list[str]
    fonts: list[str]
    tracks: list[TrackTruth]
    distractors: list[Distractor]


def read_truth(path: Path) -> VideoTruth:
    return msgspec.json.decode(path.read_bytes(), type=VideoTruth)


def write_truth(path: Path, truth: VideoTruth) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")
