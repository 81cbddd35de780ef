"""Finds the tracks of a video from the text that was seen in it. Pure."""

from dataclasses import dataclass

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    MOST_TRACKS,
    Note,
    SuggestedTrack,
    WritingDirection,
    mostly_same,
)

from captionacc_layout.finding.confidence import confidence
from captionacc_layout.finding.evidence import features
from captionacc_layout.finding.joining import with_whole_texts
from captionacc_layout.finding.notes import notes_of
from captionacc_layout.finding.parting import parted
from captionacc_layout.finding.places import Place, find_places, merged
from captionacc_layout.finding.regions import suggest_region
from captionacc_layout.finding.settling import is_settled
from captionacc_layout.finding.speakers import faces
from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.video_looks import Seen

LEAST_CONFIDENCE = 0.65
"""A place is a track from this confidence on. A track that is false costs a person more than a
runner-up that is right, which is one click away. In cross-validation, three of 446 tracks are
below, and all other places are."""
_SPEAKER = 18.0
"""Factor on the odds of a place that faces a track as a second speaker does. On the tuning videos
and parts of them, such places have odds of 0.11 to 1.8 if they are right, and of 0.001 or less if
not."""
_RUNNER_UP = 0.1
"""A place below this confidence is not worth a person's look."""

_STANDING_SHARE = 0.5
"""Text that is on screen in this share of the looks without a pause is a logo or the like."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Tracks and places that may be tracks, surest first, and what a person should look at.

    ``settled`` says that more looks at the video would hardly change the tracks.
    """

    tracks: list[SuggestedTrack]
    runners_up: list[SuggestedTrack]
    notes: list[Note]
    settled: bool


def find_tracks(seen: Seen, *, aspect: float, start_seconds: float = 0.0) -> Found:
    """Find the tracks.

    Args:
        seen: the text of the looks of a video.
        aspect: width of the displayed picture over its height.
        start_seconds: time of the first picture on the clock of the file.
    """
    seen = with_whole_texts(seen)
    candidates = [
        (confidence(features(place, seen)), place)
        for place in parted(merged(find_places(seen.appearances)))
    ]
    candidates.sort(key=lambda each: each[0], reverse=True)
    candidates = _with_speakers(_without_repeats(candidates))
    suggested = [
        _track(
            place,
            sure,
            suggest_region(
                place,
                aspect=aspect,
                standing=_standing(place, seen),
                neighbours=_neighbours(place, candidates),
            ),
        )
        for sure, place in candidates
    ]
    apart = _apart([each for each in suggested if each.confidence >= _RUNNER_UP])
    tracks = [each for each in apart if each.confidence >= LEAST_CONFIDENCE][:MOST_TRACKS]
    runners_up = [each for each in apart if each not in tracks]
    return Found(
        tracks=tracks,
        runners_up=runners_up,
        notes=notes_of(seen, tracks, start_seconds),
        settled=is_settled(seen, tracks, runners_up),
    )


def _apart(suggested: list[SuggestedTrack]) -> list[SuggestedTrack]:
    """The tracks without those that mostly show the same part of the picture as a surer one."""
    kept: list[SuggestedTrack] = []
    for track in suggested:
        if not any(mostly_same(track.crop_region, each.crop_region) for each in kept):
            kept.append(track)
    return kept


def _without_repeats(candidates: list[tuple[float, Place]]) -> list[tuple[float, Place]]:
    """The candidates without places that mostly lie inside a surer one: parts of its captions."""
    kept: list[tuple[float, Place]] = []
    for sure, place in candidates:
        if not any(_inside(place, other) for _, other in kept):
            kept.append((sure, place))
    return kept


def _with_speakers(candidates: list[tuple[float, Place]]) -> list[tuple[float, Place]]:
    """The candidates, of which those that face a track as a second speaker does are surer."""
    tracks = [place for sure, place in candidates if sure >= LEAST_CONFIDENCE]
    raised = [
        (_raised(sure), place)
        if sure < LEAST_CONFIDENCE and any(faces(place, track) for track in tracks)
        else (sure, place)
        for sure, place in candidates
    ]
    return sorted(raised, key=lambda each: each[0], reverse=True)


def _raised(sure: float) -> float:
    odds = _SPEAKER * sure / (1 - sure)
    return odds / (1 + odds)


def _inside(place: Place, other: Place) -> bool:
    top, bottom = min(each.top for each in other.members), max(e.bottom for e in other.members)
    left, right = min(each.left for each in other.members), max(e.right for e in other.members)
    within = [
        left <= each.centre_x <= right and top <= each.centre_y <= bottom for each in place.members
    ]
    return sum(within) > len(within) / 2


def _others(place: Place, seen: Seen) -> list[Appearance]:
    own = {id(each) for each in place.members}
    return [each for each in seen.appearances if id(each) not in own]


def _standing(place: Place, seen: Seen) -> list[Appearance]:
    """Text that is on screen too long for captions: the region of a place leaves it out."""
    least = _STANDING_SHARE * len(seen.times)
    return [each for each in _others(place, seen) if each.last - each.first + 1 >= least]


def _neighbours(place: Place, candidates: list[tuple[float, Place]]) -> list[Appearance]:
    """The captions of the other tracks."""
    tracks = [
        other for sure, other in candidates if sure >= LEAST_CONFIDENCE and other is not place
    ]
    return [each for other in tracks for each in other.members]


def _track(place: Place, sure: float, region: CropRegion) -> SuggestedTrack:
    return SuggestedTrack(
        crop_region=region,
        anchor_type=place.anchor,
        anchor_position=round(place.anchor_position, 4),
        direction=WritingDirection.VERTICAL if place.vertical else WritingDirection.HORIZONTAL,
        confidence=round(sure, 4),
    )
