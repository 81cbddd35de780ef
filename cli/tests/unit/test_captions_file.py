import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it comes with check-jsonschema, without types
import msgspec
import pytest
from captionacc_cli.results import schema
from captionacc_cli.results.captions import captions_file
from captionacc_cli.results.files import pretty
from captionacc_contracts.api import CaptionList, VideoView
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    CropTrack,
    Note,
    NoteKind,
    WritingDirection,
)
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION, OcrEngineName

MakeVideo = Callable[..., VideoView]

ENGINE = OcrEngineName.RAPIDOCR
BOTTOM = CropRegion(crop_left=0.0, crop_top=0.7, crop_right=1.0, crop_bottom=1.0)
SIDE = CropRegion(crop_left=0.9, crop_top=0.1, crop_right=1.0, crop_bottom=0.9)
ROOT = Path(__file__).parents[3]


def view(start: int, end: int, state: str, **changes: Any) -> CaptionView:
    values: dict[str, Any] = {
        "id": start,
        "start_frame": start,
        "end_frame": end,
        "state": state,
        "confidence": 0.987654,
        "text": None,
        "caption_ocr": None,
        "caption_ocr_confidence": None,
        "caption_ocr_status": None,
        "caption_ocr_error": None,
        "start_seconds": start / 10,
        "end_seconds": (end + 1) / 10,
    }
    return msgspec.convert(values | changes, CaptionView)


def listed(*views: CaptionView, tracks: list[CropTrack] | None = None) -> CaptionList:
    return CaptionList(
        frame_rate=10.0,
        frame_count=30,
        crop_region=BOTTOM,
        captions=list(views),
        tracks=tracks or [CropTrack(crop_region=BOTTOM)],
    )


def test_gaps_are_left_out_and_a_persons_text_wins(video: MakeVideo) -> None:
    found = listed(
        view(0, 9, "gap"),
        view(10, 19, "predicted", caption_ocr="read", caption_ocr_confidence=0.8),
        view(20, 29, "confirmed", caption_ocr="read", text="typed"),
    )
    file = captions_file(video(), found, ENGINE)
    assert [(c.start_frame, c.end_frame, c.text) for c in file.captions] == [
        (10, 19, "read"),
        (20, 29, "typed"),
    ]
    assert file.captions[0].ocr_confidence == 0.8
    assert (file.frame_rate, file.frame_count) == (10, 30)


def test_times_are_on_the_clock_of_the_file(video: MakeVideo) -> None:
    note = Note(
        kind=NoteKind.TEXT_OUTSIDE_TRACKS, message="Look.", start_seconds=2.48, end_seconds=3.48
    )
    late = video(start_seconds=1.48, notes=[note])
    shown = view(10, 19, "predicted", caption_ocr="a", start_seconds=2.48, end_seconds=3.48)
    file = captions_file(late, listed(shown), ENGINE)
    only = file.captions[0]
    assert (only.start_seconds, only.end_seconds) == (2.48, 3.48)
    assert file.start_seconds == 1.48
    assert (file.notes[0].start_seconds, file.notes[0].end_seconds) == (2.48, 3.48)


def test_each_caption_says_its_track_and_where_it_is(video: MakeVideo) -> None:
    tracks = [
        CropTrack(crop_region=BOTTOM),
        CropTrack(crop_region=SIDE, direction=WritingDirection.VERTICAL),
    ]
    found = listed(
        view(10, 19, "predicted", caption_ocr="below"),
        view(5, 12, "predicted", caption_ocr="beside", track=2),
        tracks=tracks,
    )
    file = captions_file(video(language="ja", tracks=tracks), found, ENGINE)
    assert [(c.text, c.track, c.box, c.language) for c in file.captions] == [
        ("beside", 2, SIDE, "ja"),
        ("below", 1, BOTTOM, "ja"),
    ]
    assert [(t.track, t.direction.value) for t in file.tracks] == [
        (1, "horizontal"),
        (2, "vertical"),
    ]
    assert file.versions is not None
    assert file.versions.extents_model == EXTENTS_MODEL_VERSION


def test_a_gateway_that_does_not_list_tracks_has_one(video: MakeVideo) -> None:
    found = CaptionList(frame_rate=10.0, frame_count=30, crop_region=BOTTOM, captions=[])
    file = captions_file(video(crop_region=BOTTOM), found, ENGINE)
    assert [(t.track, t.crop_region) for t in file.tracks] == [(1, BOTTOM)]


def test_a_video_without_captions_gives_an_empty_file(video: MakeVideo) -> None:
    file = captions_file(video(frame_count=42, crop_region=None), None, ENGINE)
    assert (file.captions, file.crop_region, file.frame_count) == ([], None, 42)
    assert file.tracks == []


def test_the_published_schema_is_that_of_the_code() -> None:
    assert (ROOT / schema.PAGE).read_text() == schema.schema_text(), (
        "Run .venv/bin/python -m captionacc_cli.results.schema in the root of the repository."
    )


def test_the_schema_accepts_a_file_and_refuses_another(video: MakeVideo) -> None:
    published = json.loads((ROOT / schema.PAGE).read_text())
    file = captions_file(video(), listed(view(1, 2, "predicted", caption_ocr="a")), ENGINE)
    written = json.loads(pretty(file))
    jsonschema.validate(written, published)
    del written["captions"][0]["start_seconds"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, published)
