"""The vendor's client against a server on loopback."""

import io
from typing import Any

import grpc
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_media.ocr import google_vision, montage
from captionacc_media.ocr.google_vision import GoogleVision
from google.cloud import vision_v1 as vision
from PIL import Image

LETTERS = "abcdefghij"


def _picture(word: str, *, width: int = 200, height: int = 60) -> npt.NDArray[np.uint8]:
    image = np.zeros((height, width, 3), np.uint8)
    for number, letter in enumerate(word):
        left = 10 + number * 16
        image[20:36, left : left + 10] = 70 + 18 * LETTERS.index(letter)
    return image


def _height(request: vision.AnnotateImageRequest) -> int:
    return int(Image.open(io.BytesIO(request.image.content)).height)


async def test_reads_many_pictures_as_few_units(vision_server: Any) -> None:
    server, client = vision_server
    words = [LETTERS[n % 10] + LETTERS[n // 10 % 10] for n in range(95)]
    words[7] = ""
    reading = await GoogleVision(client).read([_picture(word) for word in words], "zh")
    assert [[box.text for box in page.boxes] for page in reading.pages] == [
        [word] if word else [] for word in words
    ]
    assert reading.units == 3
    assert sum(len(batch) for batch in server.batches) == 3
    request = server.batches[0][0]
    assert list(request.image_context.language_hints) == ["zh"]
    assert [feature.type_ for feature in request.features] == [
        vision.Feature.Type.DOCUMENT_TEXT_DETECTION
    ]
    box = reading.pages[50].boxes[0]
    edges = [box.left, box.top, box.right, box.bottom]
    assert edges == pytest.approx([10, 20, 36, 36], abs=2)
    assert box.confidence == pytest.approx(0.9)


async def test_batches_by_count_and_by_bytes(
    vision_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = vision_server
    images = [_picture("ab") for _ in range(40)]
    reading = await GoogleVision(client, most_rows=1).read(images)
    assert reading.units == 40
    assert sorted(len(batch) for batch in server.batches) == [8, 16, 16]
    server.batches.clear()
    monkeypatch.setattr(google_vision, "MOST_BYTES", 5_000)
    await GoogleVision(client, most_rows=1).read(images)
    for batch in server.batches:
        assert sum(len(each.image.content) for each in batch) <= 5_000


async def test_a_sheet_too_large_in_bytes_is_halved(
    vision_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = vision_server
    monkeypatch.setattr(google_vision, "MOST_BYTES", 6_000)
    reading = await GoogleVision(client).read([_picture("cd") for _ in range(12)])
    assert [page.boxes[0].text for page in reading.pages] == ["cd"] * 12
    assert 1 < reading.units < 12


async def test_waits_when_told_that_it_asks_too_much(vision_server: Any) -> None:
    server, client = vision_server
    server.refusals = [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE]
    reading = await GoogleVision(client, first_pause_s=0.01).read([_picture("e")])
    assert reading.pages[0].boxes[0].text == "e"
    assert len(server.batches) == 3


async def test_gives_up_in_the_end(vision_server: Any) -> None:
    server, client = vision_server
    server.refusals = [grpc.StatusCode.RESOURCE_EXHAUSTED] * 9
    with pytest.raises(TransientError) as raised:
        await GoogleVision(client, first_pause_s=0.001, attempts=3).read([_picture("e")])
    assert raised.value.code is ErrorCode.OCR_UNAVAILABLE
    assert len(server.batches) == 3


async def test_a_refusal_for_good_is_not_repeated(vision_server: Any) -> None:
    server, client = vision_server
    server.refusals = [grpc.StatusCode.PERMISSION_DENIED]
    with pytest.raises(PermanentError) as raised:
        await GoogleVision(client).read([_picture("e")])
    assert raised.value.code is ErrorCode.OCR_FAILED
    assert len(server.batches) == 1


async def test_a_silent_server_is_not_waited_for(vision_server: Any) -> None:
    server, client = vision_server
    server.hang = True
    engine = GoogleVision(client, attempts=2, first_pause_s=0.001, request_timeout_s=0.1)
    with pytest.raises(TransientError):
        await engine.read([_picture("e")])


async def test_one_bad_picture_does_not_fail_the_others(vision_server: Any) -> None:
    server, client = vision_server
    server.image_error = lambda request: (3, "Bad image data.") if _height(request) == 61 else None
    images = [_picture("a"), _picture("b", height=61), _picture("c")]
    reading = await GoogleVision(client, most_rows=1).read(images)
    assert [page.error is None for page in reading.pages] == [True, False, True]
    assert "Bad image data." in (reading.pages[1].error or "")
    assert reading.units == 2


async def test_a_sheet_that_fails_is_read_row_by_row(vision_server: Any) -> None:
    server, client = vision_server
    server.image_error = lambda request: (3, "Too large.") if _height(request) > 100 else None
    reading = await GoogleVision(client).read([_picture("a"), _picture("b")])
    assert [page.boxes[0].text for page in reading.pages] == ["a", "b"]
    assert reading.units == 2


async def test_a_passing_error_of_one_image_is_repeated(vision_server: Any) -> None:
    server, client = vision_server
    errors = [(14, "unavailable")]
    server.image_error = lambda _: errors.pop() if errors else None
    reading = await GoogleVision(client, first_pause_s=0.001).read([_picture("a")])
    assert reading.pages[0].boxes[0].text == "a"
    assert len(server.batches) == 2


async def test_rows_joined_over_a_separator_are_read_again_alone(vision_server: Any) -> None:
    _, client = vision_server
    touching = _picture("a")
    touching[44:60, 100:110] = 70 + 18 * 5
    below = _picture("b")
    below[0:16, 100:110] = 70 + 18 * 5
    # The test's server would not join blocks over black, so the separator is painted over.
    original = montage.draw

    def drawn(sheet: Any, images: Any) -> npt.NDArray[np.uint8]:
        image: npt.NDArray[np.uint8] = original(sheet, images).copy()
        if len(sheet.rows) > 1:
            image[44 : sheet.rows[1].top + 16, 100:110] = 70 + 18 * 5
        return image

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(google_vision, "draw", drawn)
        reading = await GoogleVision(client).read([touching, below, _picture("c")])
    assert [sorted(box.text for box in page.boxes) for page in reading.pages] == [
        ["a", "f"],
        ["b", "f"],
        ["c"],
    ]
    assert reading.units == 3
