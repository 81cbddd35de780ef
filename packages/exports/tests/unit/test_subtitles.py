"""What SubRip and WebVTT files say, to the letter."""

import re

import pytest
from captionacc_exports.cue import Cue, CuePlace
from captionacc_exports.cues import in_order
from captionacc_exports.visible_text import EMPTY_TEXT, shown_text
from captionacc_exports.writers.subrip import to_srt
from captionacc_exports.writers.webvtt import to_vtt


def cue(start: float, end: float, text: str, place: CuePlace = CuePlace.BOTTOM) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, place=place)


def srt(*cues: Cue) -> str:
    return to_srt(in_order(cues))


def vtt(*cues: Cue) -> str:
    return to_vtt(in_order(cues))


def test_srt_numbers_the_cues() -> None:
    assert srt(cue(0, 1, "One\nTwo"), cue(3600, 3600.5, "a & c")) == (
        "1\n00:00:00,000 --> 00:00:01,000\nOne\nTwo\n\n2\n01:00:00,000 --> 01:00:00,500\na & c\n\n"
    )


def test_a_caption_without_text_shows_a_placeholder() -> None:
    empty = cue(1, 1.3, "\u200b \u2060\n\t")
    assert f"1\n00:00:01,000 --> 00:00:01,300\n{EMPTY_TEXT}\n\n" in srt(empty)
    assert f"00:00:01.000 --> 00:00:01.300\n{EMPTY_TEXT}\n\n" in vtt(empty)


def test_times_before_the_start_of_the_file_become_zero() -> None:
    assert "00:00:00,000 --> 00:00:01,000\n" in srt(cue(-0.0006, 1, "early"))


def test_the_cues_of_several_tracks_are_merged_by_time() -> None:
    bottom = [cue(1, 3, "b1"), cue(5, 6, "b2")]
    top = [cue(0, 2, "t1", CuePlace.TOP), cue(5, 5.5, "t2", CuePlace.TOP)]
    for written in (srt(*bottom, *top), vtt(*bottom, *top)):
        assert re.findall(r"^(?:\{\\an8\})?([tb]\d)$", written, re.MULTILINE) == [
            "t1",
            "b1",
            "t2",
            "b2",
        ]


@pytest.mark.parametrize("place", CuePlace)
def test_a_cue_says_where_it_stands_unless_it_is_where_players_put_it(place: CuePlace) -> None:
    shown = cue(0, 1, "x", place)
    tag = re.search(r"\{\\an(\d)\}x", srt(shown))
    settings = vtt(shown).splitlines()[2].partition("00:00:01.000")[2].split()
    if place is CuePlace.BOTTOM:
        assert tag is None
        assert settings == []
        return
    assert tag is not None
    row, column = divmod(int(tag[1]) - 1, 3)
    assert (row == 2) == place.startswith("top")
    assert (column == 0) == place.endswith("left") == ("align:left" in settings)
    assert (column == 2) == place.endswith("right") == ("align:right" in settings)
    assert ("line:5%" in settings) == place.startswith("top")


def test_vtt_escapes_markup_and_names_its_language() -> None:
    assert "a &lt; b &amp; c --&gt; d\n" in vtt(cue(0, 1, "a < b & c --> d"))
    assert to_vtt([], language="zh-Hans").startswith("WEBVTT\nLanguage: zh-Hans\n\n")


def test_a_blank_line_inside_a_text_does_not_end_the_cue() -> None:
    assert "One\nTwo\n\n" in srt(cue(0, 1, "One\n\n \x00\x0bTwo"))
    assert srt() == ""
    assert vtt() == "WEBVTT\n\n"


@pytest.mark.parametrize(
    ("text", "caption_ocr", "shown"),
    [("typed", "read", "typed"), (None, "read", "read"), ("", "read", ""), (None, None, "")],
)
def test_a_persons_text_wins_over_ocr(
    text: str | None, caption_ocr: str | None, shown: str
) -> None:
    assert shown_text(text, caption_ocr) == shown
