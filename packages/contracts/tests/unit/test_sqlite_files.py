import gzip
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.extents import PairProbabilities, PairResult
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import AnchorType, SuggestedTrack, WritingDirection
from captionacc_contracts.sqlite_files import archive, captions, extents, layout, raw_ocr
from captionacc_contracts.work.states import CaptionState, OcrStatus, TextStatus
from hypothesis import given, settings
from hypothesis import strategies as st

fraction = st.floats(min_value=0, max_value=1, allow_nan=False)


# On a busy machine, a file can take longer than the default limit per example.
@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            raw_ocr.OcrRow,
            frame_index=st.integers(0, 10_000),
            box_index=st.integers(0, 50),
            text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            **dict.fromkeys(("confidence", "x", "y", "width", "height"), fraction),
        ),
        max_size=8,
        unique_by=lambda row: (row.frame_index, row.box_index),
    )
)
def test_raw_ocr_reads_back_what_was_written(rows: list[raw_ocr.OcrRow]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw-ocr.db.gz"
        raw_ocr.write(path, rows, engine="rapidocr 3.10 PP-OCRv6")
        read, engine = raw_ocr.read(path)
    assert read == sorted(rows, key=lambda row: (row.frame_index, row.box_index))
    assert engine == "rapidocr 3.10 PP-OCRv6"


BOTTOM = SuggestedTrack(
    crop_region=CropRegion(crop_left=0, crop_top=0.8, crop_right=1, crop_bottom=1),
    anchor_type=AnchorType.CENTER,
    anchor_position=0.5,
    direction=WritingDirection.HORIZONTAL,
    confidence=0.98,
)
SIDE = SuggestedTrack(
    crop_region=CropRegion(crop_left=0.9, crop_top=0.1, crop_right=1, crop_bottom=0.9),
    anchor_type=AnchorType.LEFT,
    anchor_position=0.12,
    direction=WritingDirection.VERTICAL,
    confidence=0.7,
)


@pytest.mark.parametrize("found", [True, False])
def test_layout_reads_back_with_and_without_a_suggestion(tmp_path: Path, found: bool) -> None:
    config = layout.LayoutConfig(
        frame_width=640, frame_height=360, tracks=[BOTTOM, SIDE] if found else []
    )
    place: dict[str, Any] = {"frame_index": 100, "box_index": 0}
    edges: dict[str, Any] = {"left": 0.2, "top": 0.8, "right": 0.8, "bottom": 0.9}
    box = layout.LayoutBox(
        **place,
        **{f"bbox_{side}": edge for side, edge in edges.items()},
        text="你好",
        label=None,
        predicted_label="in",
        predicted_confidence=0.9,
    )
    path = tmp_path / "layout.db.gz"
    layout.write(path, [box], config)
    assert layout.read(path) == ([box], config)


NOW = datetime(2026, 1, 2, tzinfo=UTC)
RUN = extents.RunMetadata(
    run_id=UUID(int=1),
    cropped_frames_version=3,
    model_version="ab" * 32,
    started_at=NOW,
    completed_at=NOW,
    total_pairs=1,
    processing_time_seconds=0.5,
)


def test_presence_is_a_digit_per_frame_from_the_pair_that_is_surer_of_text(tmp_path: Path) -> None:
    def pair(first: int, **likely: float) -> PairResult:
        names = dict.fromkeys(PairProbabilities.__struct_fields__, 0.0) | likely
        return PairResult(
            frame1_index=first, frame2_index=first + 1, forward=PairProbabilities(**names)
        )

    pairs = [
        pair(0, empty_empty=0.95, same=0.05),
        pair(1, empty_valid=0.75, empty_empty=0.25),
        pair(2, same=1.0),
    ]
    path = tmp_path / "extents.db.gz"
    extents.write(path, pairs, RUN)
    assert extents.read_presence(path) == "0099"
    extents.write(path, [], RUN)
    assert extents.read_presence(path) == ""


def test_extents_store_label_confidence_and_all_probabilities(tmp_path: Path) -> None:
    forward = PairProbabilities(
        same=0.1, different=0.1, empty_empty=0.1, empty_valid=0.6, valid_empty=0.1
    )
    pair = PairResult(frame1_index=0, frame2_index=1, forward=forward)
    path = tmp_path / "extents.db.gz"
    extents.write(path, [pair], RUN)
    assert extents.read(path) == ([pair], RUN)
    with archive.read(path, 1) as connection:
        row = connection.execute("select * from pair_results").fetchone()
    assert (row["forward_predicted_label"], row["forward_confidence"]) == ("empty_valid", 0.6)
    assert (row["backward_predicted_label"], row["backward_confidence"]) == ("valid_empty", 0.6)


def caption(start: int, end: int, track: int = 1) -> StoredCaption:
    return StoredCaption(
        id=1,
        version=7,
        track=track,
        start_frame=start,
        end_frame=end,
        state=CaptionState.CONFIRMED,
        confidence=0.5,
        text="你好",
        text_status=TextStatus.VALID_CAPTION,
        text_notes="check the name",
        caption_ocr="你",
        caption_ocr_confidence=0.25,
        caption_ocr_status=OcrStatus.COMPLETED,
        caption_ocr_error=None,
        start_seconds=1.25,
        text_edited=True,
        edited_by="someone",
        edited_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def test_captions_read_back_under_the_columns_that_the_web_app_knows(tmp_path: Path) -> None:
    path = tmp_path / "captions.db.gz"
    captions.write(path, [caption(3, 4, track=2)])
    assert captions.read(path) == [caption(3, 4, track=2)]
    with archive.read(path, 1) as connection:
        row = connection.execute("select * from captions").fetchone()
    assert dict(row) == {
        "id": 1,
        "version": 7,
        "track": 2,
        "start_frame_index": 3,
        "end_frame_index": 4,
        "caption_frame_extents_state": "confirmed",
        "confidence": 0.5,
        "text": "你好",
        "text_status": "valid_caption",
        "text_notes": "check the name",
        "caption_ocr": "你",
        "caption_ocr_confidence": 0.25,
        "caption_ocr_status": "completed",
        "caption_ocr_error": None,
        "start_seconds": 1.25,
        "end_seconds": None,
        "text_edited": 1,
        "edited_by": "someone",
        "edited_at": "2026-01-02T00:00:00Z",
    }


def test_an_older_snapshot_has_the_defaults_of_the_columns_that_it_lacks(tmp_path: Path) -> None:
    path, plain = tmp_path / "captions.db.gz", tmp_path / "plain.db"
    captions.write(path, [caption(3, 4, track=2)])
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    lacking = ["track", "version", "text_notes", "start_seconds", "text_edited", "edited_by"]
    with closing(sqlite3.connect(plain)) as connection:
        for column in [*lacking, "end_seconds", "edited_at"]:
            connection.execute(f"alter table captions drop column {column}")
    path.write_bytes(gzip.compress(plain.read_bytes()))
    [read] = captions.read(path)
    defaults = {"track": 1, "version": 1, "text_notes": None, "start_seconds": None}
    defaults |= {"text_edited": False, "edited_by": None, "edited_at": None}
    assert read == msgspec.structs.replace(caption(3, 4), **defaults)


def test_captions_of_all_tracks_are_in_the_order_of_their_frames(tmp_path: Path) -> None:
    rows = [
        msgspec.structs.replace(caption(start, start, track), id=number)
        for number, (track, start) in enumerate([(1, 0), (1, 5), (2, 0), (2, 3)], 1)
    ]
    captions.write(tmp_path / "captions.db.gz", rows)
    read = captions.read(tmp_path / "captions.db.gz")
    assert [(row.start_frame, row.track) for row in read] == [(0, 1), (0, 2), (3, 2), (5, 1)]


def test_captions_refuse_an_end_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="CHECK"):
        captions.write(tmp_path / "captions.db.gz", [caption(5, 4)])
    assert list(tmp_path.iterdir()) == []


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    captions.write(tmp_path / "a", [caption(0, 0)])
    captions.write(tmp_path / "b", [caption(0, 0)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b"not a database")])
def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "captions.db.gz"
    path.write_bytes(content)
    with pytest.raises(PermanentError, match=r"captions\.db\.gz") as caught:
        captions.read(path)
    assert caught.value.code is ErrorCode.FILE_FORMAT_INVALID
