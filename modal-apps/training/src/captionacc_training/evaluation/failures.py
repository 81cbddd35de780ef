"""The wrong captions of scored sequences, with pictures of the frames around their ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from captionacc_extents.decoding.decode import found_captions
from captionacc_extents.rules.rules import Rules
from captionacc_media.cropping.band import BAND_HEIGHT, BAND_WIDTH
from captionacc_scoring.extents import Span, match_extents

from captionacc_training.data.footage import Luma
from captionacc_training.evaluation.evaluation import Scored

OF_A_KIND = 2
AT_MOST = 24
"""Pictures per kind of sequence, and in all, so that the card stays short."""

AROUND = 3
"""Frames shown on either side of an end."""

LARGEST = 120_000
"""Bytes of a picture."""

COARSER = ((1, 32), (1, 16), (1, 8), (2, 16), (2, 8), (2, 4))
"""Divisors of the sides of the bands and numbers of grey levels; the first pair that makes a
picture of at most `LARGEST` bytes is taken."""

TITLE_HEIGHT = 40
MARGIN = 112
"""Pixels left of the bands, for the frame's number and the two markers."""

LINE = 2
BREAK = 14
"""Pixels below a band, and pixels where frames are left out."""

TRUE_AT, FOUND_AT, MARKER = 56, 84, 14
WHITE, GREY, DARK = 255, 140, 24


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A true caption that was missed or a found caption that is false, within a frame at both ends.

    If it was missed, `true` is the caption and `found` the nearest found caption, or None if
    nothing was found. If it is false, `found` is the caption and `true` the nearest true one.
    """

    name: str
    kind: str
    missed: bool
    true: Span | None
    found: Span | None
    truth: tuple[Span, ...]
    all_found: tuple[Span, ...]

    @property
    def title(self) -> str:
        true, found = (_shown(span) for span in (self.true, self.found))
        if self.missed:
            return f"missed in {self.name}: true {true}, nearest found {found}"
        return f"false in {self.name}: found {found}, nearest true {true}"


def failures(scored: Sequence[Scored], rules: Rules, tolerance: int = 1) -> list[Failure]:
    """All failures: for each sequence first the missed captions, then the false ones, by time."""
    wrong = []
    for item in scored:
        truth = tuple(item.truth)
        found = tuple((each.start, each.end) for each in found_captions(item.scores, rules))
        pairs = match_extents(found, truth, tolerance)
        for spans, others, side, missed in ((truth, found, 1, True), (found, truth, 0, False)):
            matched = {pair[side] for pair in pairs}
            for place, span in enumerate(spans):
                if place not in matched:
                    near = _nearest(span, others)
                    wrong.append(
                        Failure(
                            name=item.name,
                            kind=item.kind,
                            missed=missed,
                            true=span if missed else near,
                            found=near if missed else span,
                            truth=truth,
                            all_found=found,
                        )
                    )
    return wrong


def examples(wrong: Sequence[Failure]) -> list[Failure]:
    """A few failures in their order: at most `OF_A_KIND` per kind and `AT_MOST` in all.

    Every kind that failed is represented while there is room. A wrong end makes a true caption
    missed and a found caption false; it is taken once.
    """
    kinds: dict[str, list[Failure]] = {}
    seen: set[tuple[str, Span | None, Span | None]] = set()
    for failure in wrong:
        same = failure.name, failure.true, failure.found
        if same not in seen:
            seen.add(same)
            kinds.setdefault(failure.kind, []).append(failure)
    turns = [few[turn] for turn in range(OF_A_KIND) for few in kinds.values() if turn < len(few)]
    taken = {id(failure) for failure in turns[:AT_MOST]}
    return [failure for failure in wrong if id(failure) in taken]


def draw_failures(
    drawn: Sequence[Failure], bands_of: Callable[[str], Luma], folder: Path
) -> list[Path]:
    """Write a PNG per failure into the folder; `bands_of` returns the bands of a named sequence."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for place, failure in enumerate(drawn, 1):
        path = folder / f"failure-{place:02}-{failure.name}.png"
        path.write_bytes(failure_png(bands_of(failure.name), failure))
        paths.append(path)
    return paths


def frames_shown(failure: Failure, count: int) -> list[int]:
    """The frames around the ends of the failed caption, and of the nearest one if the two touch."""
    span, near = failure.true, failure.found
    if not failure.missed:
        span, near = near, span
    edges = list(span or ())
    if span and near and min(span[1], near[1]) >= max(span[0], near[0]):
        edges += near
    around = {frame for edge in edges for frame in range(edge - AROUND, edge + AROUND)}
    return sorted(frame for frame in around if 0 <= frame < count)


def failure_png(bands: Luma, failure: Failure) -> bytes:
    """The frames around the ends, one below the other, with bars beside true and found captions.

    A bar has a gap above the first frame of a caption. The picture has at most `LARGEST` bytes;
    it is drawn with fewer greys, or smaller, to get there.
    """
    data = b""
    for divisor, levels in COARSER:
        picture = _picture(bands, failure, divisor, levels)
        _, encoded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        data = encoded.tobytes()
        if len(data) <= LARGEST:
            break
    return data


def _picture(bands: Luma, failure: Failure, divisor: int, levels: int) -> Luma:
    frames = frames_shown(failure, len(bands))
    breaks = sum(after > frame + 1 for frame, after in pairwise(frames))
    width, height = BAND_WIDTH // divisor, BAND_HEIGHT // divisor
    total = TITLE_HEIGHT + len(frames) * (height + LINE) + breaks * BREAK
    picture = np.full((total, MARGIN + BAND_WIDTH), DARK, np.uint8)
    _write(picture, failure.title, 4, 14)
    _write(picture, "true", TRUE_AT - 8, TITLE_HEIGHT - 8)
    _write(picture, "found", FOUND_AT - 8, TITLE_HEIGHT - 8)
    y = TITLE_HEIGHT
    for place, frame in enumerate(frames):
        if place and frame > frames[place - 1] + 1:
            y += BREAK
        band = bands[frame]
        if divisor > 1:
            band = cv2.resize(band, (width, height), interpolation=cv2.INTER_AREA)
        # Fewer greys in the same range: most bytes of a picture are noise of the footage.
        coarse = band.astype(np.uint16) * levels // 256 * 255 // (levels - 1)
        picture[y : y + height, MARGIN : MARGIN + width] = coarse
        _write(picture, str(frame), 4, y + height // 2 + 4)
        for x, tone, spans in (
            (TRUE_AT, WHITE, failure.truth),
            (FOUND_AT, GREY, failure.all_found),
        ):
            for start, end in spans:
                if start <= frame < end:
                    top = y + 8 if frame == start else y - LINE
                    cv2.rectangle(picture, (x, top), (x + MARKER, y + height - 1), tone, -1)
        y += height + LINE
    return picture


def _write(picture: Luma, text: str, x: int, y: int) -> None:
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, WHITE, 1, cv2.LINE_AA)


def _nearest(span: Span, others: Sequence[Span]) -> Span | None:
    """The span whose ends are closest; the earliest of several."""
    if not others:
        return None
    return min(others, key=lambda other: abs(other[0] - span[0]) + abs(other[1] - span[1]))


def _shown(span: Span | None) -> str:
    """The first and the last frame, numbered as in the rows of the picture."""
    return "none" if span is None else f"{span[0]} to {span[1] - 1}"
