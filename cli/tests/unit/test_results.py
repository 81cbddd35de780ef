from pathlib import Path

import pytest
from captionacc_cli.results.captions import captions_file
from captionacc_cli.results.files import write_files
from captionacc_cli.results.timings import merged
from captionacc_contracts.api import CaptionList
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.cost import CostLine

REGION = CropRegion(crop_left=0.0, crop_top=0.7, crop_right=1.0, crop_bottom=1.0)


def _view(start: int, end: int, state: str, **changes: object) -> CaptionView:
    values: dict[str, object] = {
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
    }
    return CaptionView(**(values | changes))  # type: ignore[arg-type]


def test_gaps_are_left_out_and_a_persons_text_wins() -> None:
    found = CaptionList(
        frame_rate=10.0,
        frame_count=30,
        crop_region=REGION,
        captions=[
            _view(0, 9, "gap"),
            _view(10, 19, "predicted", caption_ocr="read", caption_ocr_confidence=0.8),
            _view(20, 29, "confirmed", caption_ocr="read", text="typed"),
        ],
    )
    file = captions_file(found, 30)
    assert [(c.start_frame, c.end_frame, c.text) for c in file.captions] == [
        (10, 19, "read"),
        (20, 29, "typed"),
    ]
    assert file.captions[0].ocr_confidence == 0.8
    assert (file.frame_rate, file.frame_count) == (10, 30)


def test_a_video_without_captions_gives_an_empty_file() -> None:
    file = captions_file(None, 42)
    assert (file.captions, file.crop_region, file.frame_count) == ([], None, 42)


def test_cost_lines_of_one_item_are_summed() -> None:
    lines = [
        CostLine(item="ocr", quantity=2, unit="image", usd=0.003),
        CostLine(item="cpu", quantity=1, unit="core_second", usd=0.1),
        CostLine(item="ocr", quantity=3, unit="image", usd=0.0045),
    ]
    assert [(line.item, line.quantity, line.usd) for line in merged(lines)] == [
        ("ocr", 5, 0.0075),
        ("cpu", 1, 0.1),
    ]


def test_a_file_that_cannot_be_written_leaves_no_partial_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"captions.srt": "1", "report.html": "\udce9"})
    assert [path.name for path in tmp_path.iterdir()] == ["captions.srt"]
