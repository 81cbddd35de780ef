"""Sums scores up by kind, with bootstrap intervals. Pure."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np

from benchmarks.layout.scoring import LayoutScore, score
from benchmarks.layout.truth import Box, VideoTruth

RESAMPLES = 2000
LEVEL = 0.95
CAPTIONED, WITHOUT_CAPTIONS = "all with captions", "all without captions"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A value with the bounds of its 95 % interval; videos are resampled, not tracks."""

    value: float
    low: float
    high: float


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one kind of videos, or of several.

    Attributes:
        found: share of the tracks that were found; null for videos without captions.
        standing_found: the same for tracks that stay for the whole video, which need not be found.
        false_regions: regions that hold no track of their own, per video.
        with_false_region: share of the videos with such a region.
        height_ratio: median height of a region over the height of all texts of its track.
        area_ratio: the same for the area.
        seconds_per_minute: processor seconds per minute of video.
    """

    videos: int
    tracks: int
    found: Figure | None
    standing_found: float | None
    false_regions: float
    with_false_region: Figure
    height_ratio: float | None
    area_ratio: float | None
    seconds_per_minute: float


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One video: what it shows, what was suggested, and how well that fits."""

    truth: VideoTruth
    regions: list[Box]
    processor_seconds: float
    score: LayoutScore


def case(truth: VideoTruth, regions: list[Box], processor_seconds: float) -> Case:
    """Score the regions that were suggested for a video."""
    return Case(
        truth=truth,
        regions=regions,
        processor_seconds=processor_seconds,
        score=score(truth.tracks, regions),
    )


def figures(cases: Sequence[Case]) -> dict[str, KindFigures]:
    """The figures of each kind, then of all videos with captions and of all without."""
    by_kind: dict[str, list[Case]] = defaultdict(list)
    for each in cases:
        by_kind[each.truth.kind].append(each)
    for each in cases:
        by_kind[CAPTIONED if each.truth.tracks else WITHOUT_CAPTIONS].append(each)
    return {kind: kind_figures(group) for kind, group in by_kind.items()}


def kind_figures(cases: Sequence[Case]) -> KindFigures:
    changing = [[t.is_found for t in each.score.tracks if not t.standing] for each in cases]
    standing = [t.is_found for each in cases for t in each.score.tracks if t.standing]
    found = [t for each in cases for t in each.score.tracks if t.is_found and not t.standing]
    false = [each.score.false_regions for each in cases]
    minutes = sum(each.truth.seconds for each in cases) / 60
    tracks = sum(map(len, changing))
    return KindFigures(
        videos=len(cases),
        tracks=tracks,
        found=_share_with_interval(changing) if tracks else None,
        standing_found=sum(standing) / len(standing) if standing else None,
        false_regions=sum(false) / len(false),
        with_false_region=_share_with_interval([[count > 0] for count in false]),
        height_ratio=_median([t.height_ratio for t in found]),
        area_ratio=_median([t.area_ratio for t in found]),
        seconds_per_minute=sum(each.processor_seconds for each in cases) / minutes,
    )


def _share(groups: Sequence[Sequence[bool]]) -> float:
    count = sum(map(len, groups))
    return sum(map(sum, groups)) / count if count else 0.0


def _share_with_interval(groups: Sequence[Sequence[bool]]) -> Figure:
    """The share of true values, with the interval that drawing other groups gives."""
    rng = np.random.default_rng(0)
    draws = rng.integers(len(groups), size=(RESAMPLES, len(groups)))
    values = [_share([groups[i] for i in draw]) for draw in draws]
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(value=_share(groups), low=float(low), high=float(high))


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
