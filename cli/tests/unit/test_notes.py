"""What a run says a person should look at."""

from collections.abc import Callable

from captionacc_cli.results.notes import TimedCaption, notes_of
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
    assert notes_of([], [caption(1.0)], [], []) == []


def test_captions_without_text_are_named_by_their_times() -> None:
    unread = [caption(float(second), has_text=False) for second in range(60, 67)]
    (note,) = notes_of([], [caption(1.0), *unread], [], [])
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
    assert notes_of(given, [caption(2.0, has_text=False)], [suggested(TOP)], []) == given


def test_a_runner_up_that_no_note_is_about_is_named(suggested: MakeTrack) -> None:
    (note,) = notes_of([], [], [suggested(TOP)], [])
    assert note.message == "There may be captions at the top."
    assert note.region == TOP


def test_a_place_that_was_searched_needs_no_note(suggested: MakeTrack) -> None:
    assert notes_of([TEXT_AT_THE_TOP], [], [suggested(TOP)], [TOP]) == []
