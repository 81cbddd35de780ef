"""Letters that were read for music notes become notes, and only those."""

import pytest
from captionacc_media.text.music_notes import with_notes

SONG = "S La la la s"


@pytest.mark.parametrize(
    ("read", "repaired"),
    [
        (SONG, "♪ La la la ♪"),
        ("the river sings J", "the river sings ♪"),
        ("J and on it goes", "♪ and on it goes"),
        ("SS", "♪ ♪"),
        ("♫", "♫"),
        ("♪♪", "♪ ♪"),
        ("S over the hills\nand far away S", "♪ over the hills\nand far away ♪"),
    ],
)
def test_lone_letters_at_the_ends_of_lines_become_notes_in_a_song(read: str, repaired: str) -> None:
    assert with_notes([SONG, read])[1] == repaired


@pytest.mark.parametrize(
    "text",
    [
        "She looked at me",
        "What did I",
        "a song for you",
        "Jack & Jill went up",
        "So they say",
        "I need 5",
        "Ssss",
        "two  blanks stay",
        "",
    ],
)
def test_other_lines_of_a_song_stay(text: str) -> None:
    assert with_notes([SONG, text])[1] == text


@pytest.mark.parametrize(
    "text",
    [
        "Give me a J",
        "Plan S",
        "vitamin d",
        "& Sons",
        "S Club 7",
        "J Smith is here",
        "SS",
        "S",
        "S s",
    ],
)
def test_nothing_changes_without_a_sign_of_music(text: str) -> None:
    assert with_notes([text, "Good morning", "J or S"]) == [text, "Good morning", "J or S"]


def test_a_note_that_was_read_is_a_sign_of_music() -> None:
    assert with_notes(["♪ La la la", "all the way home J"])[1] == "all the way home ♪"
