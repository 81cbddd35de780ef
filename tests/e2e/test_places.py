"""Captions wherever they stand: the whole way from a video to its subtitle files."""

import json
from pathlib import Path

import pysubs2
import pytest
from captionacc_testkit.commands import Commands
from captionacc_testkit.media import ClipCaption, make_clip

TOP = 0.12
SPOKEN = [
    ClipCaption(start_s=0.5, end_s=2.4, text="Where did you put it?"),
    ClipCaption(start_s=3.0, end_s=5.0, text="Behind the old door", y=TOP),
    ClipCaption(start_s=5.6, end_s=7.5, text="I looked there twice"),
    ClipCaption(start_s=8.1, end_s=9.6, text="Then look again", y=TOP),
    ClipCaption(start_s=10.2, end_s=11.8, text="There is nothing"),
]


def letters(text: str) -> str:
    """The text without blanks, which the engine may lose in letters as small as these."""
    return text.replace(" ", "")


async def test_captions_at_two_places_come_out_in_order_with_their_positions(
    captionacc: Commands, videos: Path
) -> None:
    clip = make_clip(
        videos / "two places.mp4", size=(640, 360), fps=10, seconds=12.5, captions=SPOKEN
    )
    out = videos / "two places"
    done = await captionacc("run", clip, "--out", out, "--language", "en")
    assert done.code == 0, done.said
    subtitles = pysubs2.load(str(out / "captions.srt"), keep_unknown_html_tags=True)
    assert [letters(event.plaintext) for event in subtitles] == [letters(c.text) for c in SPOKEN]
    assert [event.start / 1000 for event in subtitles] == pytest.approx(
        [each.start_s for each in SPOKEN], abs=0.11
    )
    lines = (out / "captions.srt").read_text().splitlines()
    assert [letters(line) for line in lines if line.startswith("{\\an8}")] == [
        "{\\an8}" + letters(each.text) for each in SPOKEN if each.y == TOP
    ]
    found = json.loads((out / "captions.json").read_text())
    assert [each["track"] for each in found["captions"]] == [1, 2, 1, 2, 1]
    assert len(found["tracks"]) == 2


async def test_one_caption_of_a_long_clip_is_found(captionacc: Commands, videos: Path) -> None:
    caption = ClipCaption(start_s=41.0, end_s=44.0, text="Only this once")
    clip = make_clip(videos / "once.mp4", size=(640, 360), fps=5, seconds=70, captions=[caption])
    out = videos / "once"
    done = await captionacc("run", clip, "--out", out, "--language", "en")
    assert done.code == 0, done.said
    found = json.loads((out / "captions.json").read_text())
    assert [(each["start_frame"], each["end_frame"]) for each in found["captions"]] == [(410, 439)]
    assert found["captions"][0]["text"] == "Only this once"
