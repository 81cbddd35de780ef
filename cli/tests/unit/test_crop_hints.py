"""The option that searches the place of a note."""

from collections.abc import Callable

import pytest
from captionacc_cli.results.crop_hints import crop_of, crop_option
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind, SuggestedTrack
from captionacc_exports.writers.captions_json import CaptionsFile

MakeFile = Callable[..., CaptionsFile]
MakeTrack = Callable[[CropRegion], SuggestedTrack]


def region(left: float, top: float, right: float, bottom: float) -> CropRegion:
    return CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)


TOP = region(0.1, 0.05, 0.9, 0.2)


def about(place: CropRegion, kind: NoteKind = NoteKind.TEXT_OUTSIDE_TRACKS) -> Note:
    return Note(kind=kind, message="Look.", region=place)


def test_a_runner_up_that_holds_the_text_is_searched(found: MakeFile, suggested: MakeTrack) -> None:
    file = found(runner_up_tracks=[suggested(TOP)])
    assert crop_of(about(region(0.3, 0.1, 0.7, 0.14)), file) == TOP
    assert crop_option(TOP) == "--crop 0.1,0.05,0.9,0.2"


@pytest.mark.parametrize(
    ("text", "option"),
    [
        (region(0.3, 0.1, 0.7, 0.14), "--crop 0.05,0.08,0.95,0.16"),
        (region(0.0, 0.96, 1.0, 1.0), "--crop 0,0.94,1,1"),
        (region(0.9, 0.2, 0.94, 0.6), "--crop 0.88,0.05,0.96,0.95"),
    ],
)
def test_the_line_of_another_text_has_room_for_longer_captions(
    found: MakeFile, text: CropRegion, option: str
) -> None:
    crop = crop_of(about(text, NoteKind.STANDING_TEXT), found())
    assert crop is not None
    assert crop_option(crop) == option


def test_a_note_about_captions_has_no_option(found: MakeFile, suggested: MakeTrack) -> None:
    file = found(runner_up_tracks=[suggested(TOP)])
    assert crop_of(about(TOP, NoteKind.LOW_CONFIDENCE), file) is None
