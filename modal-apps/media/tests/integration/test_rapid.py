"""The engine that needs nothing but its wheel."""

import numpy as np
import pytest
from captionacc_media.ocr.montage import MOST_ROWS
from captionacc_media.ocr.pages import page_text
from captionacc_media.ocr.protocol import OcrEngine
from captionacc_media.ocr.rapid import RapidOcr
from captionacc_media.ocr.tesseract.engine import Tesseract
from captionacc_testkit.media import picture


@pytest.fixture(scope="module")
def engine() -> RapidOcr:
    return RapidOcr(workers=2)


async def test_reads_frames_and_strips_in_order(engine: RapidOcr) -> None:
    texts = ["The boats came back", "nobody had slept", "Two lines of it\nbelow each other"]
    frames = [picture((640, 360), number, text) for number, text in enumerate(texts)]
    strips = [frame[250:] for frame in frames[:2]]
    reading = await engine.read([*frames, *strips], "en")
    assert [page_text(page)[0] for page in reading.pages] == [*texts, *texts[:2]]
    assert reading.units == 1
    for page in reading.pages:
        assert page.error is None
        for box in page.boxes:
            assert not box.readable or 0.5 < box.confidence < 1
    frame_box, strip_box = reading.pages[0].boxes[0], reading.pages[3].boxes[0]
    assert strip_box.top + 250 == pytest.approx(frame_box.top, abs=6)
    assert (frame_box.left + frame_box.right) / 2 == pytest.approx(320, abs=8)


async def test_a_picture_without_text_has_an_empty_page(engine: RapidOcr) -> None:
    blank = np.full((120, 200, 3), 90, np.uint8)
    tiny = np.zeros((3, 5, 3), np.uint8)
    reading = await engine.read([blank, tiny])
    assert [page.boxes for page in reading.pages] == [[], []]
    assert (await engine.read([])).pages == []


async def test_units_are_the_sheets_that_the_cloud_engine_would_be_sent(engine: RapidOcr) -> None:
    tiny = np.zeros((3, 5, 3), np.uint8)
    assert (await engine.read([])).units == 0
    assert (await engine.read([tiny] * MOST_ROWS)).units == 1
    assert (await engine.read([tiny] * (MOST_ROWS + 1))).units == 2


def test_the_name_says_engine_and_model(engine: RapidOcr) -> None:
    assert engine.name.startswith("rapidocr 3.")
    assert "PP-OCRv6" in engine.name


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("The boats came back", slice(604, 668)),
        ("The boats came back", slice(550, 700)),
        ("Two lines of it\nbelow each other", slice(550, 700)),
    ],
)
async def test_a_crop_has_the_text_that_the_same_picture_has_in_full_size(
    engine: RapidOcr, text: str, rows: slice
) -> None:
    strip = picture((1280, 720), 4, text)[rows]
    in_full_size = await engine.read([strip])
    as_crop = await engine.read([strip], crops=True)
    assert page_text(as_crop.pages[0])[0] == page_text(in_full_size.pages[0])[0] == text


async def test_small_text_in_a_high_crop_is_found_in_full_size(engine: RapidOcr) -> None:
    small = picture((320, 180), 2, "So small")[100:]
    crop = np.full((320, 720, 3), 60, np.uint8)
    crop[120 : 120 + small.shape[0], 200 : 200 + small.shape[1]] = small
    [page] = (await engine.read([crop], crops=True)).pages
    assert page_text(page)[0] == "So small"


@pytest.mark.parametrize("engine", [RapidOcr(), Tesseract(["eng"])], ids=["rapidocr", "tesseract"])
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("Non-zero status code. Status Message: std::bad_alloc"),
        RuntimeError("(-4:Insufficient memory) Failed to allocate 9 bytes in function"),
    ],
)
async def test_a_lack_of_memory_is_no_fault_of_the_picture(
    engine: OcrEngine, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(*_arguments: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr("captionacc_media.ocr.recognition.line_detector.LineDetector.find", find)
    with pytest.raises(MemoryError):
        await engine.read([np.zeros((32, 320, 3), np.uint8)])
