"""Tells whether more looks at a video would hardly change the tracks that were found. Pure."""

from collections.abc import Sequence
from itertools import combinations

from captionacc_contracts.frames.tracks import SuggestedTrack, shared_area

from captionacc_layout.finding.counting import captions_of
from captionacc_layout.finding.evidence import LONG
from captionacc_layout.finding.notes import LEAST_QUALITY, outside
from captionacc_layout.finding.places import quality
from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.video_looks import Seen

# Of 206 videos of the layout benchmark that were looked at at key frames, these limits take 71 for
# settled, without the rule about text elsewhere, and the tracks of all 71 are right. With six
# captions, or with a confidence of 0.9, a few regions leave out the end or the second line of
# captions that were not seen.
_SURE = 0.985
"""Tracks that settle where the captions are have at least this confidence."""
_ENOUGH = 8
"""This many captions of a track show how far its captions reach."""


def is_settled(
    seen: Seen, tracks: Sequence[SuggestedTrack], runners_up: Sequence[SuggestedTrack]
) -> bool:
    """Whether there are tracks, all of them sure and full, and no other place may be a track.

    Two tracks that overlap may be two lines of the same captions. Text that came and went
    elsewhere, even once, may be one of the rare captions of another track.
    """
    regions = [track.crop_region for track in tracks]
    if not tracks or runners_up or any(shared_area(a, b) for a, b in combinations(regions, 2)):
        return False
    if any(_may_be_caption(each, seen) for each in outside(seen.appearances, tracks)):
        return False
    return all(track.confidence >= _SURE and _captions(seen, track) >= _ENOUGH for track in tracks)


def _may_be_caption(text: Appearance, seen: Seen) -> bool:
    return quality(text) >= LEAST_QUALITY and seen.times[text.last] - seen.times[text.first] <= LONG


def _captions(seen: Seen, track: SuggestedTrack) -> int:
    inside = [
        each
        for each in seen.appearances
        if track.crop_region.contains(each.centre_x, each.centre_y)
    ]
    return len(captions_of(inside))
