"""Says what a person should look at: text that is not in a track but may be captions. Pure."""

from collections.abc import Sequence

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind, SuggestedTrack, place_name

from captionacc_layout.finding.evidence import LONG
from captionacc_layout.finding.places import distinct, quality
from captionacc_layout.looking.appearances import Appearance
from captionacc_layout.looking.video_looks import Seen

# Set by hand on the tuning videos of the layout benchmark.
_MOST_NOTES = 8
"""A person reads no more than this; the longest text comes first."""
LEAST_QUALITY = 0.6
"""Text of lower quality is nearly always a texture."""
_LEAST_LOOKS = 2
"""A piece that was in one look is as likely a texture as text."""
_SENTENCE = 5.0
"""Standing text of fewer line heights is a logo, a clock or a channel's name."""


def notes_of(
    seen: Seen, tracks: Sequence[SuggestedTrack], start_seconds: float = 0.0
) -> list[Note]:
    """Notes about the text of a video outside its tracks, the longest text first.

    ``start_seconds`` is the time of the first picture on the clock of the file.
    """
    texts = [
        each
        for each in outside(seen.appearances, tracks)
        if each.seen >= _LEAST_LOOKS and quality(each) >= LEAST_QUALITY
    ]
    groups = sorted(distinct(texts), key=_looks, reverse=True)
    found = (_note(group, seen, start_seconds) for group in groups)
    return [each for each in found if each is not None][:_MOST_NOTES]


def outside(
    appearances: Sequence[Appearance], tracks: Sequence[SuggestedTrack]
) -> list[Appearance]:
    """The texts whose centre is in no track."""
    return [
        each
        for each in appearances
        if not any(track.crop_region.contains(each.centre_x, each.centre_y) for track in tracks)
    ]


def _looks(group: Sequence[Appearance]) -> int:
    return sum(each.seen for each in group)


def _note(group: Sequence[Appearance], seen: Seen, start_seconds: float) -> Note | None:
    first, last = seen.times[group[0].first], seen.times[group[-1].last]
    text = group[0]
    region = CropRegion(
        crop_left=round(text.left, 4),
        crop_top=round(text.top, 4),
        crop_right=round(text.right, 4),
        crop_bottom=round(text.bottom, 4),
    )
    start = first / INDICES_PER_SECOND + start_seconds
    end = (last + 1) / INDICES_PER_SECOND + start_seconds
    where = f"{place_name(region)}, from {start:.1f} to {end:.1f} s"
    if last - first <= LONG:
        kind, message = (
            NoteKind.TEXT_OUTSIDE_TRACKS,
            f"There is text outside the captions: {where}. If it is a caption, add its region.",
        )
    elif (text.right - text.left) / text.line_height >= _SENTENCE and not text.vertical:
        kind, message = (
            NoteKind.STANDING_TEXT,
            f"Text stays on screen: {where}. If it is a caption, add its region.",
        )
    else:
        return None
    return Note(kind=kind, message=message, start_seconds=start, end_seconds=end, region=region)
