"""Notes about text outside the tracks."""

import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind, place_name
from captionacc_layout.finding.notes import notes_of
from captionacc_layout.finding.tracks import find_tracks
from captionacc_testkit.seen_text import Screen


def notes_about(screen: Screen) -> list[Note]:
    seen = screen.seen()
    return notes_of(seen, find_tracks(seen, aspect=16 / 9).tracks)


def test_text_outside_the_tracks_is_noted_with_place_and_time() -> None:
    drawn = Screen(80).captions(9).cut(10, 14)
    drawn.add(0.05, 0.4, 0.25, 0.45, first=10, last=13)
    (note,) = notes_about(drawn)
    assert note.kind is NoteKind.TEXT_OUTSIDE_TRACKS
    assert (note.start_seconds, note.end_seconds) == (5.0, 6.6)
    assert "at the left, from 5.0 to 6.6 s" in note.message
    assert note.region is not None
    assert (note.region.crop_left, note.region.crop_right) == (0.05, 0.25)


def test_times_are_on_the_clock_of_the_file() -> None:
    drawn = Screen(80).captions(9).cut(10, 14)
    drawn.add(0.05, 0.4, 0.25, 0.45, first=10, last=13)
    (note,) = find_tracks(drawn.seen(), aspect=16 / 9, start_seconds=1.5).notes
    assert (note.start_seconds, note.end_seconds) == (6.5, 8.1)
    assert "from 6.5 to 8.1 s" in note.message


def test_a_sentence_that_stays_is_noted_and_a_logo_is_not() -> None:
    drawn = Screen(80).captions(9).logo()
    drawn.add(0.2, 0.05, 0.6, 0.1, first=0, last=79)
    (note,) = notes_about(drawn)
    assert note.kind is NoteKind.STANDING_TEXT
    assert "at the top" in note.message


def test_captions_and_textures_are_not_noted() -> None:
    assert notes_about(Screen(80).captions(9).scene_text(12)) == []


def test_there_are_few_notes_and_the_longest_text_comes_first() -> None:
    drawn = Screen(200)
    for number in range(15):
        first = 1 + 12 * number
        drawn.cut(first, first + 2 + number % 4)
        left, top = 0.05 + 0.055 * number, 0.3 + 0.02 * (number % 5)
        drawn.add(left, top, left + 0.1, top + 0.04, first=first, last=first + 1 + number % 4)
    notes = notes_about(drawn)
    lengths = [round((each.end_seconds or 0) - (each.start_seconds or 0), 1) for each in notes]
    assert len(notes) == 8
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("edges", "name"),
    [
        ((0.3, 0.8, 0.7, 0.9), "at the bottom"),
        ((0.0, 0.1, 0.2, 0.2), "at the top left"),
        ((0.9, 0.3, 1.0, 0.7), "at the right"),
        ((0.3, 0.4, 0.7, 0.6), "in the middle"),
    ],
)
def test_places_have_names(edges: tuple[float, float, float, float], name: str) -> None:
    left, top, right, bottom = edges
    region = CropRegion(crop_left=left, crop_top=top, crop_right=right, crop_bottom=bottom)
    assert place_name(region) == name
