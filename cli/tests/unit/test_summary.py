"""The last lines of the command."""

from collections.abc import Callable
from pathlib import Path

from captionacc_cli.results.summary import SummaryRow, note_lines, result_lines, summary_table
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind
from captionacc_exports.writers.captions_json import Caption, CaptionsFile

MakeCaption = Callable[..., Caption]
MakeFile = Callable[..., CaptionsFile]

OUT = Path("film-captions")


def test_the_captions_are_counted(found: MakeFile, caption: MakeCaption) -> None:
    assert result_lines(found(caption("a")), OUT) == ["1 caption in film-captions"]
    two = found(caption("a"), caption("b", track=2))
    assert result_lines(two, OUT) == ["2 captions at 2 places of the screen in film-captions"]


def test_a_video_without_places_says_what_was_done_and_what_to_do(found: MakeFile) -> None:
    lines = result_lines(found(tracks=[], crop_region=None), OUT)
    assert lines[0] == "No captions were found."
    assert lines[1].startswith("Whole frames of all 00:03.0 were searched")
    assert "--crop LEFT,TOP,RIGHT,BOTTOM" in lines[2]


def test_a_place_without_captions_is_named(found: MakeFile) -> None:
    assert "--crop 0.1,0.7,0.9,1." in result_lines(found(), OUT)[1]


def test_notes_are_the_last_lines_and_keep_the_searched_places(found: MakeFile) -> None:
    region = CropRegion(crop_left=0.3, crop_top=0.1, crop_right=0.7, crop_bottom=0.14)
    note = Note(kind=NoteKind.TEXT_OUTSIDE_TRACKS, message="Text is at the top.", region=region)
    assert note_lines(found()) == []
    first, line, last = note_lines(found(notes=[note]))
    assert first == "Please look at this:"
    assert line == "  - Text is at the top. (--crop 0.05,0.08,0.95,0.16)"
    assert last.endswith("add --crop 0.1,0.7,0.9,1")


def test_a_note_about_captions_has_no_crop(found: MakeFile) -> None:
    note = Note(kind=NoteKind.LOW_CONFIDENCE, message="Look at one caption.")
    assert note_lines(found(notes=[note]))[1:] == ["  - Look at one caption."]


def test_several_videos_are_summed_up_in_a_table() -> None:
    rows = [
        SummaryRow(video="a.mp4", captions=12, notes=1, results="a-captions"),
        SummaryRow(video="longer name.mkv", error="video_unreadable: Not a video.\nmore"),
    ]
    assert summary_table(rows) == [
        "video            captions  notes  results",
        "a.mp4                  12      1  a-captions",
        "longer name.mkv         -      -  failed: video_unreadable: Not a video.",
        "1 of 2 videos done, 1 failed; 12 captions, 1 note",
    ]
