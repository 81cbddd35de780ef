import re
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
from captionacc_cli.report.media_views import Ends, Media
from captionacc_cli.report.page import page
from captionacc_cli.results.timings import EstimatedCost, FunctionTimings, Timings
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import Note, NoteKind
from captionacc_contracts.work.cost import CostLine
from captionacc_exports.writers.captions_json import Caption, CaptionsFile

MakeCaption = Callable[..., Caption]
MakeFile = Callable[..., CaptionsFile]

HOSTILE = "</script><img src=x onerror=\"alert('1')\">&"


class _Checker(HTMLParser):
    """Collects what the page would load and whether its elements close in order."""

    VOID = frozenset({"meta", "img", "track", "br", "link", "rect", "line", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.events: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loads += [value for name in ("src", "href") if (value := values.get(name))]
        self.events += [name for name in values if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def _timings() -> Timings:
    return Timings(
        video_duration_seconds=3.0,
        seconds={"Uploading": 0.1, HOSTILE: 0.2},
        seconds_in_all=0.3,
        functions=[FunctionTimings(function="extract_frames_and_ocr", seconds={"decode": 0.1})],
        start_seconds={},
        peak_memory_mib={"postgres": 20.0},
        ocr_units=1,
        estimated_cloud_cost_usd=EstimatedCost(
            basis="Processor seconds.",
            total=0.0015,
            lines=[CostLine(item="ocr", quantity=1, unit="image", usd=0.0015)],
        ),
    )


def _page(captions: CaptionsFile, video: str | None = "data:video/mp4;base64,AA==") -> str:
    return page(
        title=HOSTILE,
        captions=captions,
        timings=_timings(),
        subtitles={"captions.srt": "1\n", "captions.vtt": "WEBVTT\n\n"},
        media=Media(
            video=video,
            video_note=HOSTILE,
            frame="data:image/jpeg;base64,AA==",
            frame_note="A frame.",
            ends={7: Ends(first="data:image/jpeg;base64,AA==", last="data:image/jpeg;base64,Ag==")},
        ),
    )


def test_texts_are_escaped_and_the_page_loads_nothing(
    found: MakeFile, caption: MakeCaption
) -> None:
    checker = _Checker()
    note = Note(kind=NoteKind.STANDING_TEXT, message=HOSTILE, start_seconds=1.0)
    html = _page(found(caption(HOSTILE), notes=[note]))
    checker.feed(html)
    assert checker.open == []
    assert checker.events == []
    assert checker.loads
    assert all(address.startswith("data:") for address in checker.loads)
    assert 'onerror="alert' not in html
    assert not re.search(r"https?://", html)


def test_the_table_holds_every_caption_with_its_time(found: MakeFile, caption: MakeCaption) -> None:
    html = _page(found(caption("两行\nof text")))
    assert "两行\nof text" in html
    assert "00:00.3 to 00:01.0" in html
    assert "left:10.0000%;top:70.0000%;width:80.0000%;height:30.0000%" in html
    assert ">Track<" not in html


def test_a_video_without_captions_has_a_page_too(found: MakeFile) -> None:
    html = _page(found(), video=None)
    assert "No captions were found" in html
    assert "<video" not in html


def test_each_track_has_a_row_and_a_region(found: MakeFile, caption: MakeCaption) -> None:
    top = CropRegion(crop_left=0.2, crop_top=0.0, crop_right=0.8, crop_bottom=0.2)
    first = found().tracks[0]
    tracks = [first, msgspec.structs.replace(first, track=2, crop_region=top)]
    html = _page(found(caption("below"), caption("above", id=8, track=2), tracks=tracks))
    rows = re.findall(r'<rect class="caption"[^>]* y="(\d+)"', html)
    assert len(set(rows)) == 2
    assert "left:20.0000%;top:0.0000%;width:60.0000%;height:20.0000%" in html
    assert '<th class="number">Track</th>' in html


def test_a_late_first_picture_moves_the_timeline(found: MakeFile, caption: MakeCaption) -> None:
    late = caption("late", start_seconds=2.3, end_seconds=3.0)
    html = _page(found(late, start_seconds=2.0))
    assert "00:02.3 to 00:03.0" in html
    assert 'viewBox="20 0 30 ' in html
    assert ' x="23" ' in html


def test_notes_are_listed_with_what_to_do(found: MakeFile) -> None:
    region = CropRegion(crop_left=0.3, crop_top=0.1, crop_right=0.7, crop_bottom=0.14)
    note = Note(kind=NoteKind.TEXT_OUTSIDE_TRACKS, message="Text is at the top.", region=region)
    html = _page(found(notes=[note]))
    assert "Text is at the top. <code>--crop 0.05,0.08,0.95,0.16</code>" in html


def test_the_subtitles_can_be_downloaded_from_the_page(found: MakeFile) -> None:
    html = _page(found())
    assert 'download="captions.srt" href="data:application/x-subrip;base64,MQo="' in html
    assert 'download="captions.vtt" href="data:text/vtt;base64,V0VCVlRUCgo="' in html


def test_both_ends_of_a_caption_are_beside_each_other(
    found: MakeFile, caption: MakeCaption
) -> None:
    html = _page(found(caption("shown")))
    [ends] = re.findall(r'<td class="ends">(.*?)</td>', html)
    assert re.findall(r'alt="([^"]*)"[^>]*src="([^"]*)"', ends) == [
        ("First frame", "data:image/jpeg;base64,AA=="),
        ("Last frame", "data:image/jpeg;base64,Ag=="),
    ]


def test_captions_and_notes_with_a_time_are_buttons(found: MakeFile, caption: MakeCaption) -> None:
    note = Note(kind=NoteKind.STANDING_TEXT, message="Look.", start_seconds=1.0)
    html = _page(found(caption("shown"), notes=[note]))
    assert '<td class="time"><button type="button">00:00.3 to 00:01.0</button></td>' in html
    assert '<button type="button" data-start="1.0">Look.</button>' in html


def test_captions_that_a_person_should_look_at_can_be_filtered(
    found: MakeFile, caption: MakeCaption
) -> None:
    sure = caption("sure", id=1, confidence=0.95, ocr_confidence=0.99)
    unsure = caption("unsure", id=2, confidence=0.95, ocr_confidence=0.4)
    html = _page(found(sure, unsure, caption("not read", id=3)))
    assert "Only those below 90% (2)" in html
    assert len(re.findall(r"<tr [^>]*data-doubtful", html)) == 2


def test_a_bar_of_a_long_video_has_its_true_length(found: MakeFile, caption: MakeCaption) -> None:
    html = _page(found(caption("one second", start_frame=100, end_frame=109), frame_count=36_000))
    assert re.search(r'<rect class="caption"[^>]* x="100"[^>]* width="10"', html)
