"""What a run says a person should look at, and what to do about it."""

from collections.abc import Callable

import pytest
from captionacc_cli.results.notes import (
    TimedCaption,
    crop_of,
    crop_option,
    notes_of,
)
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind, SuggestedTrack

MakeTrack = Callable[[CropRegion], SuggestedTrack]


def region(left: float, top: float, right: float, bottom: float) -> CropRegion:
    return CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)


def caption(start: float, *, has_text: bool = True) -> TimedCaption:
    return TimedCaption(start_seconds=start, end_seconds=start + 1, has_text=has_text)


TOP = region(0.1, 0.05, 0.9, 0.2)
TEXT_AT_THE_TOP = Note(
    kind=NoteKind.TEXT_OUTSIDE_TRACKS,
    message="There is text at the top.",
    start_seconds=9.5,
    end_seconds=11.2,
    region=region(0.3, 0.1, 0.7, 0.14),
)


def test_captions_with_text_need_no_note() -> None:
    assert notes_of([], [caption(1.0)], []) == []


def test_captions_without_text_are_named_by_their_times() -> None:
    unread = [caption(float(second), has_text=False) for second in range(60, 67)]
    (note,) = notes_of([], [caption(1.0), *unread], [])
    assert note.kind is NoteKind.UNREAD_SCRIPT
    assert note.message.startswith(
        "7 of 8 captions have no text, at 01:00.0, 01:01.0, 01:02.0, 01:03.0, 01:04.0 and 2 more:"
    )
    assert (note.start_seconds, note.end_seconds) == (60.0, 67.0)


def test_what_the_api_says_is_not_said_twice(suggested: MakeTrack) -> None:
    given = [
        TEXT_AT_THE_TOP,
        Note(kind=NoteKind.UNREAD_SCRIPT, message="No engine reads Russian."),
        Note(kind=NoteKind.LOW_CONFIDENCE, message="Look at two captions."),
    ]
    assert notes_of(given, [caption(2.0, has_text=False)], [suggested(TOP)]) == given


def test_a_runner_up_that_no_note_is_about_is_named(suggested: MakeTrack) -> None:
    (note,) = notes_of([], [], [suggested(TOP)])
    assert note.message == "There may be captions at the top."
    assert crop_of(note, [suggested(TOP)]) == TOP
    assert crop_option(TOP) == "--crop 0.1,0.05,0.9,0.2"


def test_the_hint_for_a_text_is_the_runner_up_that_holds_it(suggested: MakeTrack) -> None:
    assert crop_of(TEXT_AT_THE_TOP, [suggested(TOP)]) == TOP


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (region(0.3, 0.1, 0.7, 0.14), "--crop 0.05,0.08,0.95,0.16"),
        (region(0.0, 0.96, 1.0, 1.0), "--crop 0,0.94,1,1"),
    ],
)
def test_the_hint_for_another_text_has_room_for_longer_captions(
    text: CropRegion, line: str
) -> None:
    found = crop_of(Note(kind=NoteKind.STANDING_TEXT, message="Look.", region=text), [])
    assert found is not None
    assert crop_option(found) == line


def test_a_note_about_no_other_place_has_no_hint(suggested: MakeTrack) -> None:
    low = Note(kind=NoteKind.LOW_CONFIDENCE, message="Look.", region=TOP)
    assert crop_of(low, [suggested(TOP)]) is None
