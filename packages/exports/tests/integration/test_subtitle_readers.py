"""What is written is read back by others: as many cues, and the text that people see."""

import io
import re
import unicodedata
from collections.abc import Callable, Sequence

import av
import pysubs2
import pytest
import srt
from captionacc_exports.cue import Cue, CuePlace
from captionacc_exports.cues import in_order
from captionacc_exports.visible_text import EMPTY_TEXT
from captionacc_exports.writers.subrip import to_srt
from captionacc_exports.writers.substation import to_ass
from captionacc_exports.writers.webvtt import to_vtt
from hypothesis import example, given
from hypothesis import strategies as st

Reader = Callable[[str], list[str]]

HARD = [
    "<i>Hello there</i>",
    "<font color=red>x</font> </b>",
    "a < b > c",
    "a <b",
    "I <3 you",
    "{\\an8}{\\b1}x",
    "{y:i}a {comment} b",
    "a { b",
    "00:00:01,000 --> 00:00:02,000",
    "2\n00:00:01,000 --> 00:00:02,000\nfalse",
    "from 00:00:01.5 to 00:00:02.5",
    "--> here",
    "1984",
    "Hello\n42",
    "12 monkeys\n12",
    "C:\\New\\hello",
    "Tom &amp; Jerry &lt;3 & co",
    "WEBVTT",
    "[Script Info]",
    "NOTE x",
    "WEBVTT\n\nSTYLE",
    "-",
    "你好\n世界",
]
PIECES = st.one_of(
    st.sampled_from([*HARD, "<", ">", "{", "}", "\\N", "-->", "-", "\n", "\r\n", " ", "7", "&"]),
    st.text(max_size=8),
)
TEXTS = st.lists(PIECES, min_size=1, max_size=6).map("".join)


def visible(text: str) -> list[str]:
    """The lines that people see, with wide braces as braces."""
    text = text.translate(str.maketrans("\uff5b\uff5d", "{}")).replace("\t", " ")
    lines = [
        "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()
        for line in text.splitlines()
    ]
    return [line for line in lines if line]


def with_pysubs2(written: str) -> list[str]:
    return [event.plaintext for event in pysubs2.SSAFile.from_string(written, format_="srt")]


def with_srt(written: str) -> list[str]:
    return [re.sub(r"^\{\\an\d\}", "", each.content) for each in srt.parse(written)]


def with_ffmpeg(written: str, name: str = "srt") -> list[str]:
    """The text of FFmpeg's events, which are SubStation Alpha, without styles."""
    found = []
    with av.open(io.BytesIO(written.encode()), "r", format=name) as container:
        for packet in container.demux(container.streams.subtitles[0]):
            if packet.size:
                for event in packet.decode():
                    assert isinstance(event, av.subtitles.subtitle.AssSubtitle)
                    text = event.ass.decode().split(",", 8)[8]
                    found.append(re.sub(r"\{[^}]*\}", "", text).replace("\\N", "\n"))
    return found


def cues(texts: Sequence[str]) -> list[Cue]:
    return in_order(
        [Cue(start_seconds=n, end_seconds=n + 1, text=text) for n, text in enumerate(texts)]
    )


@pytest.mark.parametrize("read", [with_pysubs2, with_srt, with_ffmpeg])
@pytest.mark.parametrize("place", [CuePlace.BOTTOM, CuePlace.TOP])
def test_hard_texts_are_read_back(read: Reader, place: CuePlace) -> None:
    written = to_srt(
        in_order(
            [
                Cue(start_seconds=n, end_seconds=n + 1, text=text, place=place)
                for n, text in enumerate(HARD)
            ]
        )
    )
    assert [visible(text) for text in read(written)] == [visible(text) for text in HARD]


@pytest.mark.parametrize("read", [with_pysubs2, with_srt, with_ffmpeg])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@example(texts=["Hello\n42"])
@example(texts=["42\n43", "44"])
@example(texts=["\u200b", "a\n\u200b"])
def test_any_text_is_read_back(read: Reader, texts: Sequence[str]) -> None:
    written = to_srt(cues(texts))
    wanted = [visible(text) or [EMPTY_TEXT] for text in texts]
    assert [visible(text) for text in read(written)] == wanted


def test_a_reader_sees_the_place_of_a_cue() -> None:
    cue = Cue(start_seconds=0, end_seconds=1, text="x", place=CuePlace.TOP)
    assert pysubs2.SSAFile.from_string(to_srt([cue]))[0].text == "{\\an8}x"


@pytest.mark.parametrize("place", [CuePlace.BOTTOM, CuePlace.TOP])
def test_ffmpeg_reads_the_hard_texts_of_substation_alpha(place: CuePlace) -> None:
    made = in_order(
        [
            Cue(start_seconds=n, end_seconds=n + 1, text=text, place=place)
            for n, text in enumerate(HARD)
        ]
    )
    written = to_ass(made, title="holiday", size=(1280, 720))
    assert [visible(text) for text in with_ffmpeg(written, "ass")] == [visible(t) for t in HARD]


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_ffmpeg_reads_any_text_of_substation_alpha(texts: Sequence[str]) -> None:
    wanted = [visible(text) or [EMPTY_TEXT] for text in texts]
    written = to_ass(cues(texts), title="holiday", size=(1280, 720))
    assert [visible(text) for text in with_ffmpeg(written, "ass")] == wanted


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_vtt_has_as_many_cues_as_were_written(texts: Sequence[str]) -> None:
    written = to_vtt(cues(texts))
    assert len(with_ffmpeg(written, "webvtt")) == len(texts)
