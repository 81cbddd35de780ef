"""The published figures of caption extents, with intervals, over all videos and by hard case.

Pure: spans in, figures out. The fields of :class:`Figures` say what each figure means.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from numpy.typing import NDArray

from captionacc_scoring.extents import (
    Span,
    boundary_matches,
    empty_frames,
    false_captions,
    match_extents,
    total_tiou,
)

TOLERANCES = (0, 1, 2)
ROUNDS = 2000
INTERVAL = 0.95
EVERYTHING = "all"

Counts = NDArray[np.float64]


class ScoredVideo(msgspec.Struct, frozen=True, kw_only=True):
    """The found and the true captions of one video of ``frames`` frames, at 10 Hz.

    ``kind`` names the hard case that the video belongs to.
    """

    name: str
    kind: str
    frames: int
    found: list[Span]
    truth: list[Span]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A value and its bootstrap interval over videos; None when there is nothing to measure."""

    value: float | None
    low: float | None
    high: float | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one hard case, or of all videos."""

    kind: str
    videos: int
    captions: int
    caption_f1: dict[str, Figure]
    """By tolerance in frames: a caption counts when both ends match those of a true caption."""
    boundary_f1: dict[str, Figure]
    """By tolerance in frames: starts against starts and ends against ends, each one to one."""
    mean_tiou: Figure
    """Temporal intersection over union, averaged over true captions; 0 for a missed caption."""
    false_per_hour: Figure
    """Found captions that overlap no true caption, per hour without captions."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``cases`` has "all" first, then the hard cases in the order of their first videos."""

    cases: list[Figures]
    interval: float
    rounds: int
    seed: int


def measure(videos: Sequence[ScoredVideo], *, seed: int = 1, rounds: int = ROUNDS) -> Report:
    """Measure all videos together and each hard case.

    The order of videos and of spans has no effect on the figures.

    Args:
        videos: the scored videos.
        seed: of the bootstrap.
        rounds: how often the bootstrap draws as many videos as there are.
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


def _figures(kind: str, videos: Sequence[ScoredVideo], seed: int, rounds: int) -> Figures:
    draws = _draws(len(videos), seed, rounds)

    def figure(count: Callable[[ScoredVideo], tuple[float, float]]) -> Figure:
        """The ratio of two sums over videos; ``count`` gives their (numerator, denominator)."""
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


def _side_matches(video: ScoredVideo, side: int, tolerance: int) -> int:
    found, truth = ([span[side] for span in spans] for spans in (video.found, video.truth))
    return boundary_matches(found, truth, tolerance)


def _draws(videos: int, seed: int, rounds: int) -> Counts:
    """How often each round draws each video, (rounds, videos); rows sum to ``videos``."""
    if not videos:
        return np.zeros((rounds, 0))
    rng = np.random.default_rng(seed)
    return np.asarray(rng.multinomial(videos, [1 / videos] * videos, size=rounds), float)
