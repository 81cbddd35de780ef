"""The notes of a run: what a person should look at, and what to do about it. Pure."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind, SuggestedTrack, place_name

from captionacc_cli.results.clock import clock

_MOST_TIMES = 5
"""A sentence with more times is hard to read."""
_MARGIN = 0.5
"""Room above and below a piece of text, in heights of the text: captions may have another line."""
_USUAL_SIDES = (0.05, 0.95)
"""Between these shares of the width there is room for longer captions in the same line."""


class TimedCaption(msgspec.Struct, frozen=True, kw_only=True):
    """When a caption shows, and whether its text could be read."""

    start_seconds: float
    end_seconds: float
    has_text: bool


def notes_of(
    given: Sequence[Note],
    captions: Sequence[TimedCaption],
    runners_up: Sequence[SuggestedTrack],
) -> list[Note]:
    """All notes of a video: those of the API, captions without text, and runner-up places.

    Args:
        given: the notes that the API gives.
        captions: the captions that were found.
        runners_up: places that may hold captions.
    """
    notes = list(given)
    unread = [caption for caption in captions if not caption.has_text]
    if unread and not any(note.kind is NoteKind.UNREAD_SCRIPT for note in given):
        notes.append(_unread(unread, len(captions)))
    notes += [
        Note(
            kind=NoteKind.TEXT_OUTSIDE_TRACKS,
            message=f"There may be captions {place_name(track.crop_region)}.",
            region=track.crop_region,
        )
        for track in runners_up
        if not any(_covers(track.crop_region, note.region) for note in given)
    ]
    return notes


def crop_of(note: Note, runners_up: Sequence[SuggestedTrack]) -> CropRegion | None:
    """The region to search for the text of a note; None when the note is about no place.

    It is the runner-up that holds the text, or else the line of the text, because other captions
    may be longer than the text that was seen.
    """
    if note.region is None or note.kind not in (
        NoteKind.TEXT_OUTSIDE_TRACKS,
        NoteKind.STANDING_TEXT,
    ):
        return None
    for track in runners_up:
        if _covers(track.crop_region, note.region):
            return track.crop_region
    return _line_of(note.region)


def crop_option(region: CropRegion) -> str:
    """The option of the command that searches ``region``."""
    edges = (region.crop_left, region.crop_top, region.crop_right, region.crop_bottom)
    return "--crop " + ",".join(f"{edge:.3f}".rstrip("0").rstrip(".") for edge in edges)


def _line_of(region: CropRegion) -> CropRegion:
    room = _MARGIN * (region.crop_bottom - region.crop_top)
    return CropRegion(
        crop_left=min(region.crop_left, _USUAL_SIDES[0]),
        crop_top=max(0.0, region.crop_top - room),
        crop_right=max(region.crop_right, _USUAL_SIDES[1]),
        crop_bottom=min(1.0, region.crop_bottom + room),
    )


def _covers(region: CropRegion, part: CropRegion | None) -> bool:
    """Whether the middle of ``part`` is in ``region``."""
    if part is None:
        return False
    across = (part.crop_left + part.crop_right) / 2
    down = (part.crop_top + part.crop_bottom) / 2
    return (
        region.crop_left <= across <= region.crop_right
        and region.crop_top <= down <= region.crop_bottom
    )


def _unread(unread: Sequence[TimedCaption], count: int) -> Note:
    named = ", ".join(clock(each.start_seconds) for each in unread[:_MOST_TIMES])
    more = len(unread) - _MOST_TIMES
    times = f"at {named} and {more} more" if more > 0 else f"at {named}"
    return Note(
        kind=NoteKind.UNREAD_SCRIPT,
        message=(
            f"{len(unread)} of {count} captions have no text, {times}: no engine here recognised"
            " its letters. Name the language with --language; `captionacc languages` lists what"
            " this machine reads."
        ),
        start_seconds=unread[0].start_seconds,
        end_seconds=unread[-1].end_seconds,
    )
