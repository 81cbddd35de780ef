import re

import pytest
from captionacc_contracts.subtitles import (
    EMPTY_TEXT,
    Cue,
    CuePlace,
    shown_text,
    to_srt,
    to_vtt,
)

CUES = [
    Cue(start_seconds=0, end_seconds=1, text="One\nTwo"),
    Cue(start_seconds=1, end_seconds=1.3, text="  "),
    Cue(start_seconds=3600, end_seconds=3600.5, text="a & c"),
]


def cue(start: float, end: float, text: str, place: CuePlace = CuePlace.BOTTOM) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, place=place)


def test_srt_numbers_the_cues_and_ends_after_the_last_frame() -> None:
    assert to_srt(CUES, drop_empty=True) == (
        "1\n00:00:00,000 --> 00:00:01,000\nOne\nTwo\n\n2\n01:00:00,000 --> 01:00:00,500\na & c\n\n"
    )


def test_a_caption_without_text_stays_visible_unless_it_is_dropped() -> None:
    assert f"2\n00:00:01,000 --> 00:00:01,300\n{EMPTY_TEXT}\n\n" in to_srt(CUES)
    assert f"00:00:01.000 --> 00:00:01.300\n{EMPTY_TEXT}\n\n" in to_vtt(CUES)
    assert f"\n{EMPTY_TEXT}\n" in to_srt([cue(0, 1, "\u200b \u2060\n\t")])
    assert EMPTY_TEXT not in to_srt(CUES, drop_empty=True) + to_vtt(CUES, drop_empty=True)


def test_the_offset_moves_every_time() -> None:
    late = [cue(0.9994, 2, "late")]
    assert "00:00:02,499 --> 00:00:03,500\n" in to_srt(late, offset_seconds=1.5)
    assert "00:00:02.499 --> 00:00:03.500\n" in to_vtt(late, offset_seconds=1.5)
    assert "00:00:00,000 --> 00:00:01,000\n" in to_srt(late, offset_seconds=-1)


def test_the_cues_of_several_tracks_are_merged_by_time() -> None:
    bottom = [cue(1, 3, "b1"), cue(5, 6, "b2")]
    top = [cue(0, 2, "t1", CuePlace.TOP), cue(5, 5.5, "t2", CuePlace.TOP)]
    for written in (to_srt(bottom + top), to_vtt(bottom + top)):
        assert re.findall(r"^(?:\{\\an8\})?([tb]\d)$", written, re.MULTILINE) == [
            "t1",
            "b1",
            "t2",
            "b2",
        ]


@pytest.mark.parametrize("place", CuePlace)
def test_a_cue_says_where_it_stands_unless_it_is_where_players_put_it(place: CuePlace) -> None:
    srt, vtt = to_srt([cue(0, 1, "x", place)]), to_vtt([cue(0, 1, "x", place)])
    tag = re.search(r"\{\\an(\d)\}x", srt)
    settings = vtt.splitlines()[2].partition("00:00:01.000")[2].split()
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


def test_vtt_escapes_markup() -> None:
    assert "a &lt; b &amp; c --&gt; d\n" in to_vtt([cue(0, 1, "a < b & c --> d")])


def test_a_blank_line_inside_a_text_does_not_end_the_cue() -> None:
    assert "One\nTwo\n\n" in to_srt([cue(0, 1, "One\n\n \x00\x0bTwo")])
    assert to_srt([]) == ""
    assert to_vtt([]) == "WEBVTT\n\n"


@pytest.mark.parametrize(
    ("text", "caption_ocr", "shown"),
    [("typed", "read", "typed"), (None, "read", "read"), ("", "read", ""), (None, None, "")],
)
def test_a_persons_text_wins_over_ocr(
    text: str | None, caption_ocr: str | None, shown: str
) -> None:
    assert shown_text(text, caption_ocr) == shown
