"""Every format, with every option: read back by libraries that did not write it."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import msgspec
import pysubs2
import pytest
from captionacc_contracts.api import VideoSummary
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.work.states import CaptionState
from captionacc_exports.cues import cues_of
from captionacc_exports.formats import ExportFormat, export, media_type_of
from captionacc_exports.options import ExportOptions
from captionacc_exports.writers.captions_json import CaptionsFile
from captionacc_exports.writers.truth import Truth

BOTTOM = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
TOP = CropRegion(crop_left=0.1, crop_top=0.02, crop_right=0.9, crop_bottom=0.15)
START_S = 1.5
"""The first picture comes this long after the start of the file."""
WITHOUT_TRUTH = [each for each in ExportFormat if each is not ExportFormat.TRUTH]
SUBTITLES = [ExportFormat.SRT, ExportFormat.VTT, ExportFormat.ASS, ExportFormat.TTML]


def video(**changes: Any) -> VideoSummary:
    values: dict[str, Any] = dict.fromkeys(
        ["error", "progress", "size_bytes", "full_frame_count", "suggested_crop_region"]
    )
    values |= {
        "id": UUID(int=1),
        "display_name": "summer/holiday.mp4",
        "status": "active",
        "caption_status": "ready",
        "frame_count": 60,
        "duration_seconds": 6.0,
        "width": 1280,
        "height": 720,
        "language": "zh-Hans",
        "crop_region": BOTTOM,
        "cropped_frames_version": 1,
        "uploaded_at": datetime(2026, 1, 1, tzinfo=UTC),
        "start_seconds": START_S,
        "tracks": [CropTrack(crop_region=BOTTOM), CropTrack(crop_region=TOP)],
    }
    return msgspec.convert(values | changes, VideoSummary, from_attributes=True)


def row(start: int, end: int, state: str, text: str | None = None, **changes: Any) -> CaptionView:
    values: dict[str, Any] = {
        "id": 100 + start,
        "start_frame": start,
        "end_frame": end,
        "state": state,
        "confidence": 0.98765,
        "text": None,
        "caption_ocr": text,
        "caption_ocr_confidence": None if text is None else 0.9,
        "caption_ocr_status": None,
        "caption_ocr_error": None,
        "start_seconds": START_S + start / 10,
        "end_seconds": START_S + (end + 1) / 10,
    }
    return msgspec.convert(values | changes, CaptionView)


CAPTIONS = [
    row(0, 9, "gap"),
    row(10, 19, "confirmed", "你好\n<b>world</b> & {x}"),
    row(20, 29, "predicted", None),
    row(30, 59, "gap"),
    row(0, 14, "gap", track=2, id=1),
    row(15, 24, "predicted", "on top", track=2, id=2),
    row(25, 59, "gap", track=2, id=3),
]
ALL_CONFIRMED = [
    msgspec.structs.replace(each, state=CaptionState.CONFIRMED)
    if each.state is CaptionState.PREDICTED
    else each
    for each in CAPTIONS
]


def text_of(export_format: ExportFormat, **options: Any) -> str:
    return export(export_format, video(), CAPTIONS, ExportOptions(**options)).content.decode()


def read_times(export_format: ExportFormat, text: str) -> list[tuple[int, int]]:
    """Times in milliseconds, as pysubs2 reads them."""
    read = pysubs2.SSAFile.from_string(text, format_=export_format.value)
    return [(event.start, event.end) for event in read]


@pytest.mark.parametrize("export_format", SUBTITLES)
def test_subtitles_have_the_cues_of_all_tracks_on_the_clock_of_the_file(
    export_format: ExportFormat,
) -> None:
    assert read_times(export_format, text_of(export_format)) == [
        (2500, 3500),
        (3000, 4000),
        (3500, 4500),
    ]
    moved = text_of(export_format, offset_seconds=0.25)
    assert read_times(export_format, moved)[0] == (2750, 3750)


def test_only_a_person_can_empty_a_caption() -> None:
    rows = [
        msgspec.structs.replace(row(0, 9, "predicted", ""), text=""),  # read: there is nothing
        row(10, 19, "predicted"),  # not read
        msgspec.structs.replace(row(20, 29, "predicted", "a logo"), text=""),  # a person emptied it
    ]
    cues = cues_of(video(), rows, ExportOptions())
    assert [(cue.start_seconds, cue.text) for cue in cues] == [(1.5, "[?]"), (2.5, "[?]")]


@pytest.mark.parametrize("export_format", SUBTITLES)
def test_exact_times_of_a_person_are_kept(export_format: ExportFormat) -> None:
    exact = [row(0, 9, "confirmed", "a", start_seconds=1.48, end_seconds=2.52)]
    written = export(export_format, video(), exact).content.decode()
    assert read_times(export_format, written) == [(1480, 2520)]


@pytest.mark.parametrize("export_format", WITHOUT_TRUTH)
def test_options_choose_the_captions(export_format: ExportFormat) -> None:
    confirmed = text_of(export_format, only_confirmed=True)
    assert "你好" in confirmed
    assert "on top" not in confirmed
    second = text_of(export_format, track=2)
    assert "on top" in second
    assert "你好" not in second
    assert "[?]" not in text_of(export_format, drop_empty=True)


@pytest.mark.parametrize("export_format", [ExportFormat.JSON, ExportFormat.TRUTH])
def test_json_has_no_byte_order_mark(export_format: ExportFormat) -> None:
    with pytest.raises(PermanentError, match="JSON has no byte order mark"):
        text_of(export_format, bom=True)


@pytest.mark.parametrize(
    "export_format", [each for each in WITHOUT_TRUTH if each is not ExportFormat.JSON]
)
def test_a_byte_order_mark_and_windows_line_ends_are_written_when_asked_for(
    export_format: ExportFormat,
) -> None:
    plain = export(export_format, video(), CAPTIONS)
    windows = export(export_format, video(), CAPTIONS, ExportOptions(bom=True, crlf=True))
    assert windows.content == b"\xef\xbb\xbf" + plain.content.replace(b"\n", b"\r\n")
    assert b"\r" not in plain.content


@pytest.mark.parametrize("export_format", ExportFormat)
def test_the_file_is_named_after_the_video_and_its_language(export_format: ExportFormat) -> None:
    made = export(export_format, video(), ALL_CONFIRMED)
    assert made.name == f"summer_holiday.zh-Hans.{export_format.value}"
    assert made.media_type == media_type_of(export_format)


@pytest.mark.parametrize(
    ("display_name", "language", "name"),
    [
        ("a.b.mkv", None, "a.b.srt"),
        ("..", "de", "captions.de.srt"),
        ("中" * 300, None, "中" * 66 + ".srt"),
        ('x"\r\ny.mp4', None, "x_y.srt"),
    ],
)
def test_names_are_safe_for_file_systems(
    display_name: str, language: str | None, name: str
) -> None:
    one = video(display_name=display_name, language=language)
    assert export(ExportFormat.SRT, one, CAPTIONS).name == name


def test_substation_alpha_keeps_places_tracks_and_lines() -> None:
    script = pysubs2.SSAFile.from_string(text_of(ExportFormat.ASS), format_="ass")
    assert [event.layer for event in script] == [1, 2, 1]
    assert script[1].text == r"{\an8}on top"
    assert script[0].text == "你好\\N<b>world</b> & ｛x｝"
    assert (script.info["PlayResX"], script.info["PlayResY"]) == ("1280", "720")


def test_ttml_has_the_language_and_a_region_for_each_place() -> None:
    root = ET.fromstring(text_of(ExportFormat.TTML))  # our own document
    tt, xml = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/XML/1998/namespace}"
    assert root.get(f"{xml}lang") == "zh-Hans"
    regions = {each.get(f"{xml}id") for each in root.iter(f"{tt}region")}
    paragraphs = list(root.iter(f"{tt}p"))
    assert regions == {"bottom", "top"} == {each.get("region") for each in paragraphs}
    assert "".join(paragraphs[0].itertext()) == "你好<b>world</b> & {x}"
    assert len(list(paragraphs[0])) == 1


def test_a_table_lists_gaps_when_asked_for_and_holds_no_formula() -> None:
    formula = [row(0, 9, "predicted", "=HYPERLINK(1)"), row(10, 59, "gap")]
    made = export(ExportFormat.CSV, video(), formula, ExportOptions(gaps=True))
    rows = list(csv.DictReader(io.StringIO(made.content.decode())))
    assert [each["text"] for each in rows] == ["'=HYPERLINK(1)", ""]
    assert [each["state"] for each in rows] == ["predicted", "gap"]
    assert (rows[0]["start_seconds"], rows[0]["end_seconds"]) == ("1.500", "2.500")


def test_plain_text_has_one_line_per_caption() -> None:
    assert text_of(ExportFormat.TXT) == "你好 <b>world</b> & {x}\non top\n[?]\n"


def test_json_has_the_fields_of_captions_json() -> None:
    made = msgspec.json.decode(text_of(ExportFormat.JSON, gaps=True), type=CaptionsFile)
    assert [each.state for each in made.captions].count(CaptionState.GAP) == 4
    caption = next(each for each in made.captions if each.start_frame == 10)
    assert (caption.start_seconds, caption.end_seconds, caption.box) == (2.5, 3.5, BOTTOM)


@pytest.mark.parametrize("export_format", [*SUBTITLES, ExportFormat.TXT, ExportFormat.TRUTH])
def test_a_format_that_cannot_show_gaps_refuses_them(export_format: ExportFormat) -> None:
    with pytest.raises(PermanentError, match="cannot list gaps; csv and json can") as caught:
        text_of(export_format, gaps=True)
    assert caught.value.code is ErrorCode.EXPORT_INVALID


def test_truth_is_the_confirmed_captions_of_one_track() -> None:
    made = export(ExportFormat.TRUTH, video(), ALL_CONFIRMED, ExportOptions(track=2))
    truth = msgspec.json.decode(made.content, type=Truth)
    assert [(each.start_frame, each.end_frame) for each in truth.captions] == [(15, 24)]
    assert (truth.crop_region, truth.frame_count) == (TOP, 60)


def test_captions_that_are_not_confirmed_are_no_truth() -> None:
    with pytest.raises(PermanentError, match="1 of 2 captions of track 1 are not confirmed"):
        text_of(ExportFormat.TRUTH)
