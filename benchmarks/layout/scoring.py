"""Compares suggested regions with the tracks of a video. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from benchmarks.layout.truth import Box, TrackTruth

ENOUGH = 0.98
"""Share of the area of a track's texts over time that its region must hold."""


@dataclass(frozen=True, kw_only=True)
class FoundTrack:
    """How well one track was found.

    Attributes:
        held: share of the area of the texts over time inside the best region of its own.
        height_ratio: height of the region over the height of all texts together.
        area_ratio: the same for the area; both are null when the track was not found.
    """

    name: str
    script: str
    standing: bool
    held: float
    height_ratio: float | None = None
    area_ratio: float | None = None

    @property
    def is_found(self) -> bool:
        return self.height_ratio is not None


@dataclass(frozen=True, kw_only=True)
class LayoutScore:
    """The tracks of one video, and how many regions hold none of them."""

    tracks: list[FoundTrack]
    false_regions: int


def share_held(track: TrackTruth, region: Box) -> float:
    """The share of the area of the track's texts, over time, that lies inside the region."""
    inside = whole = 0.0
    for caption in track.captions:
        seconds = caption.end - caption.start
        whole += seconds * caption.box.area
        inside += seconds * caption.box.intersection(region).area
    return inside / whole if whole else 0.0


def hull(track: TrackTruth) -> Box:
    """The smallest rectangle around all texts of a track."""
    first, *others = (caption.box for caption in track.captions)
    for box in others:
        first = first.hull(box)
    return first


def score(tracks: Sequence[TrackTruth], regions: Sequence[Box]) -> LayoutScore:
    """Match each region to at most one track so that most tracks are found.

    Of the ways that find equally many tracks, the one with the smallest regions counts. A standing
    track comes last: it takes no region from another track.
    """
    held = [[share_held(track, region) for region in regions] for track in tracks]
    matched = _best_matching(tracks, regions, held)
    found = []
    for number, track in enumerate(tracks):
        region = matched.get(number)
        if region is None:
            best = max(
                (
                    share
                    for other, share in enumerate(held[number])
                    if other not in matched.values()
                ),
                default=0.0,
            )
            found.append(
                FoundTrack(name=track.name, script=track.script, standing=track.standing, held=best)
            )
            continue
        text, box = hull(track), regions[region]
        found.append(
            FoundTrack(
                name=track.name,
                script=track.script,
                standing=track.standing,
                held=held[number][region],
                height_ratio=(box.bottom - box.top) / (text.bottom - text.top),
                area_ratio=box.area / text.area,
            )
        )
    return LayoutScore(tracks=found, false_regions=len(regions) - len(matched))


def _best_matching(
    tracks: Sequence[TrackTruth], regions: Sequence[Box], held: Sequence[Sequence[float]]
) -> dict[int, int]:
    """Track numbers and the numbers of their regions. There are few of both, so all are tried."""
    best: dict[int, int] = {}
    best_value = (0, 0, 0.0)
    slots = [*range(len(regions)), *[None] * len(tracks)]
    for choice in set(permutations(slots, len(tracks))):
        pairs = {
            track: region
            for track, region in enumerate(choice)
            if region is not None and held[track][region] >= ENOUGH
        }
        changing = sum(not tracks[track].standing for track in pairs)
        value = (changing, len(pairs), -sum(regions[region].area for region in pairs.values()))
        if value > best_value:
            best, best_value = pairs, value
    return best
