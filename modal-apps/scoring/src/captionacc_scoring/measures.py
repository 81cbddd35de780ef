"""The published scorer of caption extents: a table with intervals, over all and by hard case.

Pure: spans in, figures out. What each figure means is said at its field in `Figures`.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from numpy.typing import NDArray

from captionacc_scoring.scoring import Span, match_extents

TOLERANCES = (0, 1, 2)
ROUNDS = 2000
INTERVAL = 0.95
EVERYTHING = "all"

Counts = NDArray[np.float64]


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """One video: what was found and what is true, as `[start, end)` frames at 10 Hz."""

    name: str
    kind: str
    frames: int
    found: list[Span]
    truth: list[Span]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A value and its interval over videos drawn again; None where nothing can be measured."""

    value: float | None
    low: float | None
    high: float | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one hard case, or of all videos."""

    kind: str
    videos: int
    captions: int
    caption_f1: dict[str, Figure]
    """By tolerance: a caption counts when both ends lie within it of one true caption's."""
    boundary_f1: dict[str, Figure]
    """By tolerance: starts against starts and ends against ends, each one to one."""
    mean_tiou: Figure
    """Shared over joint duration, averaged over true captions; 0 for one that nothing overlaps."""
    false_per_hour: Figure
    """Found captions that overlap no true one, for each hour without a caption."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`cases` holds "all" first, then the hard cases in the order they were given."""

    cases: list[Figures]
    interval: float
    rounds: int
    seed: int


def measure(videos: Sequence[Scored], *, seed: int = 1, rounds: int = ROUNDS) -> Report:
    """Figures over all videos and by kind; the order of videos and of spans does not matter.

    The intervals come from drawing as many videos as there are, again and again, with `seed`.
    """
    ordered = sorted(videos, key=lambda video: (video.kind, video.name, video.found, video.truth))
    kinds = list(dict.fromkeys(video.kind for video in videos))
    groups = {EVERYTHING: ordered}
    if kinds != [EVERYTHING]:
        groups |= {kind: [video for video in ordered if video.kind == kind] for kind in kinds}
    return Report(
        cases=[_figures(kind, group, seed, rounds) for kind, group in groups.items()],
        interval=INTERVAL,
        rounds=rounds,
        seed=seed,
    )


def table(report: Report) -> str:
    """The report in Markdown, with the interval in brackets where there is more than one video."""
    titles = ["case", "videos", "captions", "F1 ±1", "F1 exact", "F1 ±2", "boundary F1 ±1"]
    titles += ["mean tIoU", "false an hour"]
    rows = [
        [
            case.kind,
            str(case.videos),
            str(case.captions),
            *(_shown(case.caption_f1[str(tolerance)], case.videos) for tolerance in (1, 0, 2)),
            _shown(case.boundary_f1["1"], case.videos),
            _shown(case.mean_tiou, case.videos),
            _shown(case.false_per_hour, case.videos, places=1),
        ]
        for case in report.cases
    ]
    lines = ["| " + " | ".join(row) + " |" for row in [titles, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(titles), *lines[1:]])


def boundary_matches(found: Sequence[int], truth: Sequence[int], tolerance: int) -> int:
    """The most pairs of frames at most `tolerance` apart, one to one."""
    left, right = sorted(found), sorted(truth)
    i = j = matched = 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= tolerance:
            i, j, matched = i + 1, j + 1, matched + 1
        elif left[i] < right[j]:
            i += 1
        else:
            j += 1
    return matched


def total_tiou(found: Sequence[Span], truth: Sequence[Span]) -> float:
    """The sum over true captions of shared over joint duration, paired one to one, best first."""
    ratios = sorted(
        (
            (_shared(a, b) / (max(a[1], b[1]) - min(a[0], b[0])), a, b, i, j)
            for i, a in enumerate(found)
            for j, b in enumerate(truth)
            if _shared(a, b) > 0
        ),
        reverse=True,
    )
    used: set[int] = set()
    paired: set[int] = set()
    total = 0.0
    for ratio, _, _, i, j in ratios:
        if i not in used and j not in paired:
            used.add(i)
            paired.add(j)
            total += ratio
    return total


def false_captions(found: Sequence[Span], truth: Sequence[Span]) -> int:
    """How many found captions overlap no true one."""
    return sum(all(_shared(span, true) <= 0 for true in truth) for span in found)


def empty_frames(truth: Sequence[Span], frames: int) -> int:
    """How many of the frames hold no true caption."""
    shown = np.zeros(frames, bool)
    for start, end in truth:
        shown[start:end] = True
    return int(frames - shown.sum())


def _figures(kind: str, videos: Sequence[Scored], seed: int, rounds: int) -> Figures:
    draws = _draws(len(videos), seed, rounds)

    def figure(count: Callable[[Scored], tuple[float, float]]) -> Figure:
        """A ratio of sums over videos: (numerator, denominator) of each."""
        counts: Counts = np.array([count(video) for video in videos], float).reshape(-1, 2)
        above, below = counts.sum(0)
        if not below:
            return Figure(value=None, low=None, high=None)
        sums = draws @ counts
        drawn = sums[sums[:, 1] > 0]
        edges = np.quantile(drawn[:, 0] / drawn[:, 1], [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
        return Figure(value=float(above / below), low=float(edges[0]), high=float(edges[1]))

    def caption_f1(tolerance: int) -> Figure:
        return figure(
            lambda video: (
                2 * len(match_extents(video.found, video.truth, tolerance)),
                len(video.found) + len(video.truth),
            )
        )

    def boundary_f1(tolerance: int) -> Figure:
        return figure(
            lambda video: (
                2 * sum(_side_matches(video, side, tolerance) for side in (0, 1)),
                2 * (len(video.found) + len(video.truth)),
            )
        )

    return Figures(
        kind=kind,
        videos=len(videos),
        captions=sum(len(video.truth) for video in videos),
        caption_f1={str(tolerance): caption_f1(tolerance) for tolerance in TOLERANCES},
        boundary_f1={str(tolerance): boundary_f1(tolerance) for tolerance in TOLERANCES},
        mean_tiou=figure(lambda video: (total_tiou(video.found, video.truth), len(video.truth))),
        false_per_hour=figure(
            lambda video: (
                false_captions(video.found, video.truth),
                empty_frames(video.truth, video.frames) / (INDICES_PER_SECOND * 3600),
            )
        ),
    )


def _side_matches(video: Scored, side: int, tolerance: int) -> int:
    found, truth = ([span[side] for span in spans] for spans in (video.found, video.truth))
    return boundary_matches(found, truth, tolerance)


def _draws(videos: int, seed: int, rounds: int) -> Counts:
    """How often each video is drawn, (rounds, videos); each row sums to the number of videos."""
    if not videos:
        return np.zeros((rounds, 0))
    rng = np.random.default_rng(seed)
    return np.asarray(rng.multinomial(videos, [1 / videos] * videos, size=rounds), float)


def _shared(a: Span, b: Span) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])


def _shown(figure: Figure, videos: int, places: int = 3) -> str:
    if figure.value is None:
        return "-"
    shown = f"{figure.value:.{places}f}"
    if videos < 2 or figure.low is None or figure.high is None:
        return shown
    return f"{shown} [{figure.low:.{places}f}, {figure.high:.{places}f}]"
