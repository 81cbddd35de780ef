"""Which tracks of a new layout carry on which former tracks. Pure."""

from collections.abc import Sequence

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import FIRST_TRACK, mostly_same, shared_area


def former_tracks(former: Sequence[CropRegion], new: Sequence[CropRegion]) -> dict[int, list[int]]:
    """By number of a new track, the former tracks that it carries on, the closest one first.

    A former track is carried on by one new track: of those that show mostly the same part of the
    picture, the one that shares the greatest area with it.
    """
    found: dict[int, list[tuple[float, bool, int]]] = {
        number: [] for number, _ in enumerate(new, FIRST_TRACK)
    }
    for number, region in enumerate(former, FIRST_TRACK):
        candidates = [
            (shared_area(region, other), other_number == number, -other_number)
            for other_number, other in enumerate(new, FIRST_TRACK)
            if mostly_same(region, other)
        ]
        if candidates:
            area, same_number, track = max(candidates)
            found[-track].append((-area, not same_number, number))
    return {track: [number for *_, number in sorted(sources)] for track, sources in found.items()}
