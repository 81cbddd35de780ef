"""The notes of a run: what a person should look at, and what to do about it. Pure."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind, SuggestedTrack, place_name

from captionacc_cli.results.clock import clock

_MOST_TIMES = 5
"""A sentence with more times is hard to read."""
_ABOUT_A_PLACE = (NoteKind.TEXT_OUTSIDE_TRACKS, NoteKind.STANDING_TEXT)


class TimedCaption(msgspec.Struct, frozen=True, kw_only=True):
    """When a caption shows, and whether its text could be read."""

    start_seconds: float
    end_seconds: float
    has_text: bool


def notes_of(
    given: Sequence[Note],
    captions: Sequence[TimedCaption],
    runners_up: Sequence[SuggestedTrack],
    searched: Sequence[CropRegion],
) -> list[Note]:
    """All notes of a video: those of the API, captions without text, and runner-up places.

    Args:
        given: the notes that the API gives.
        captions: the captions that were found.
        runners_up: places that may hold captions.
        searched: the regions that were searched; a note about text in one of them is left out.
    """

    def is_searched(region: CropRegion | None) -> bool:
        return any(covers(place, region) for place in searched)

    notes = [note for note in given if not (is_about_place(note) and is_searched(note.region))]
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
        if not is_searched(track.crop_region)
        and not any(covers(track.crop_region, note.region) for note in given)
    ]
    return notes


def is_about_place(note: Note) -> bool:
    """Whether the note is about text at a place that was not searched."""
    return note.region is not None and note.kind in _ABOUT_A_PLACE


def covers(region: CropRegion, part: CropRegion | None) -> bool:
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
