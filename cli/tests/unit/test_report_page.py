import re
from html.parser import HTMLParser

from captionacc_cli.report.page import Media, page
from captionacc_cli.results.captions import Caption, CaptionsFile
from captionacc_cli.results.timings import EstimatedCost, FunctionTimings, Timings
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.cost import CostLine

HOSTILE = "</script><img src=x onerror=\"alert('1')\">&"


class _Checker(HTMLParser):
    """Collects what the page would load and whether its elements close in order."""

    VOID = frozenset({"meta", "img", "track", "br", "link", "rect", "line"})

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
            total=0.0015, lines=[CostLine(item="ocr", quantity=1, unit="image", usd=0.0015)]
        ),
    )


def _page(captions: list[Caption], video: str | None = "data:video/mp4;base64,AA==") -> str:
    return page(
        title=HOSTILE,
        captions=CaptionsFile(
            frame_rate=10,
            frame_count=30,
            crop_region=CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=1.0),
            captions=captions,
        ),
        timings=_timings(),
        vtt="WEBVTT\n\n",
        media=Media(
            video=video,
            video_note=HOSTILE,
            frame="data:image/jpeg;base64,AA==",
            frame_note="A frame.",
            thumbnails={3: "data:image/jpeg;base64,AA=="},
        ),
    )


def _caption(text: str) -> Caption:
    return Caption(start_frame=3, end_frame=9, text=text, confidence=0.9, ocr_confidence=None)


def test_texts_are_escaped_and_the_page_loads_nothing() -> None:
    checker = _Checker()
    html = _page([_caption(HOSTILE)])
    checker.feed(html)
    assert checker.open == []
    assert checker.events == []
    assert checker.loads
    assert all(address.startswith("data:") for address in checker.loads)
    assert 'onerror="alert' not in html
    assert not re.search(r"https?://", html)


def test_the_table_holds_every_caption_with_its_time() -> None:
    html = _page([_caption("两行\nof text")])
    assert "两行\nof text" in html
    assert "00:00.3 to 00:01.0" in html
    assert "left:10.0000%;top:70.0000%;width:80.0000%;height:30.0000%" in html


def test_a_video_without_captions_has_a_page_too() -> None:
    html = _page([], video=None)
    assert "No captions were found" in html
    assert "<video" not in html
