import pytest
from captionacc_contracts.subtitles import Cue, shown_text, to_srt, to_vtt

CUES = [
    Cue(start_frame=0, end_frame=9, text="One\nTwo"),
    Cue(start_frame=10, end_frame=12, text="  "),
    Cue(start_frame=36_000, end_frame=36_004, text="a < b & c"),
]


def test_srt_counts_only_cues_with_text_and_ends_after_the_last_frame() -> None:
    assert to_srt(CUES) == (
        "1\n00:00:00,000 --> 00:00:01,000\nOne\nTwo\n\n"
        "2\n01:00:00,000 --> 01:00:00,500\na < b & c\n\n"
    )


def test_vtt_escapes_markup() -> None:
    assert to_vtt(CUES).startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOne\nTwo\n\n")
    assert "a &lt; b &amp; c" in to_vtt(CUES)


def test_a_blank_line_inside_a_text_does_not_end_the_cue() -> None:
    assert "One\nTwo\n\n" in to_srt([Cue(start_frame=0, end_frame=1, text="One\n\nTwo")])
    assert to_srt([]) == ""


@pytest.mark.parametrize(
    ("text", "caption_ocr", "shown"),
    [("typed", "read", "typed"), (None, "read", "read"), ("", "read", ""), (None, None, "")],
)
def test_a_persons_text_wins_over_ocr(
    text: str | None, caption_ocr: str | None, shown: str
) -> None:
    assert shown_text(text, caption_ocr) == shown
