"""The whole extraction with the real engine, on good clips and on files that are not videos."""

import io
import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.tracks import AnchorType
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import layout as layout_file
from captionacc_contracts.sqlite_files import raw_ocr as raw_ocr_file
from captionacc_contracts.work.compute import ExtractRequest, ExtractResult, Progress
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.rapid import RapidOcr
from captionacc_modal.calls import extract_frames_and_ocr
from captionacc_testkit.media import make_audio_only, make_clip
from captionacc_wasabi.testing import InMemoryObjectStore
from PIL import Image

TENANT, VIDEO = TenantId(UUID(int=7)), VideoId(UUID(int=8))
KEY = object_keys.upload(TENANT, VIDEO)
CAPTIONS = [
    (0.0, 3.0, "It was a quiet day"),
    (3.5, 6.0, "until the boats came back"),
    (6.5, 9.0, "Nobody had expected"),
    (9.5, 12.0, "so many of them"),
]


@pytest.fixture(scope="module")
def engine() -> RapidOcr:
    return RapidOcr()


async def extract(
    clip: Path, engine: Any, report: Callable[[Progress], None] = lambda _: None, **request: Any
) -> tuple[ExtractResult, InMemoryObjectStore]:
    store = InMemoryObjectStore()
    await store.put_file(KEY, clip)
    result = await extract_frames_and_ocr.run(
        ExtractRequest(**{"video_key": KEY, "tenant_id": TENANT, "video_id": VIDEO, **request}),
        store=store,
        engine=engine,
        network=OnnxNetwork(),
        progress=report,
    )
    return result, store


async def test_a_captioned_clip(tmp_path: Path, engine: RapidOcr) -> None:
    clip = make_clip(
        tmp_path / "a.mp4", size=(480, 270), fps=10, seconds=12.5, captions=CAPTIONS, audio=True
    )
    seen: list[Progress] = []
    result, store = await extract(clip, engine, seen.append)
    assert (result.frame_count, result.full_frame_count) == (125, 2)
    assert (result.width, result.height, result.video_codec) == (480, 270, "h264")
    assert result.duration_seconds == pytest.approx(12.5)
    assert result.failed_ocr_count == 0
    assert result.measured.ocr_engine == engine.name
    assert result.measured.ocr_units == 1
    assert set(result.measured.seconds) == {"download", "frames", "ocr", "layout", "upload"}
    region = result.suggested_crop_region
    assert region is not None
    assert region.crop_top < 0.8 < 0.9 < region.crop_bottom
    assert region.crop_right - region.crop_left >= 0.75
    assert [info.key async for info in store.list("")] == sorted(
        [
            KEY,
            object_keys.full_frame(TENANT, VIDEO, 0),
            object_keys.full_frame(TENANT, VIDEO, 100),
            result.layout_key,
            result.raw_ocr_key,
        ]
    )
    picture = Image.open(io.BytesIO(await store.get(object_keys.full_frame(TENANT, VIDEO, 100))))
    assert picture.size == (480, 270)
    await store.get_to_file(result.raw_ocr_key, tmp_path / "raw.gz")
    rows, name = raw_ocr_file.read(tmp_path / "raw.gz")
    assert name == engine.name
    assert {row.frame_index for row in rows} == {0, 100}, (
        "frames that only the layout needs are not stored"
    )
    assert len(rows) == result.ocr_box_count
    assert "It was a quiet day" in [row.text for row in rows]
    assert all(0 < row.confidence < 1 for row in rows if row.text), "measured values"
    await store.get_to_file(result.layout_key, tmp_path / "layout.gz")
    boxes, config = layout_file.read(tmp_path / "layout.gz")
    (track,) = config.tracks
    assert (track.crop_region, track.anchor_type) == (region, AnchorType.CENTER)
    assert [track] == result.suggested_tracks
    assert [(box.frame_index, box.box_index) for box in boxes] == [
        (row.frame_index, row.box_index) for row in rows
    ]
    assert {box.predicted_label for box in boxes if "day" in box.text} == {"in"}
    assert {each.stage for each in seen} == {"frames", "ocr", "upload"}
    assert seen[-1] == Progress(stage="upload", done=2, total=2)


async def test_a_video_that_seems_to_have_no_captions_is_looked_at_again(
    tmp_path: Path, engine: RapidOcr
) -> None:
    """The looks at a video of five minutes are two seconds apart; this caption is between two."""
    captions = [(150.4, 151.9, "the boats came back")]
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180), fps=5, seconds=302, captions=captions)
    result, _ = await extract(clip, engine)
    (track,) = result.suggested_tracks
    assert track.crop_region.crop_top > 0.6


@pytest.mark.parametrize(
    ("every_s", "settled"),
    [pytest.param(3, True, id="many captions"), pytest.param(12, False, id="too few captions")],
)
async def test_captions_seen_at_key_frames_make_more_looks_needless(
    tmp_path: Path, engine: RapidOcr, every_s: int, settled: bool
) -> None:
    texts = [
        *(text for _, _, text in CAPTIONS),
        "and everyone ran down",
        "to the old harbour wall",
        "where the captain stood",
        "with a lamp in his hand",
        "Who goes there?",
        "he called into the fog",
        "but the crew was silent",
        "for they had seen it too",
    ]
    captions = [
        (start + 0.4, start + 2.9, texts[start // 3]) for start in range(0, 3 * len(texts), every_s)
    ]
    clip = make_clip(
        tmp_path / "a.mp4",
        size=(320, 180),
        fps=5,
        seconds=36,
        captions=captions,
        options={"g": "7", "sc_threshold": "0"},
    )
    seen: list[Progress] = []
    result, _ = await extract(clip, engine, seen.append)
    (track,) = result.suggested_tracks
    assert track.crop_region.crop_top > 0.6
    pictures = sum(each.stage == "frames" for each in seen)
    evenly = 2 * 36 * 2
    assert (pictures < evenly / 2) == settled


async def test_a_rotated_clip_is_read_upright(tmp_path: Path, engine: RapidOcr) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180), fps=10, seconds=3, rotation=90)
    result, store = await extract(clip, engine)
    assert (result.width, result.height) == (180, 320)
    stored = await store.get(object_keys.full_frame(TENANT, VIDEO, 0))
    assert Image.open(io.BytesIO(stored)).size == (180, 320)


_ODD: dict[str, tuple[str, dict[str, Any], int]] = {
    "one picture": ("a.mp4", {"pts": [0]}, 1),
    "three seconds": ("a.mp4", {"seconds": 3, "captions": [(0, 3, "only this line")]}, 30),
    "odd size": (
        "a.mkv",
        {"size": (317, 179), "codec": "ffv1", "pix_fmt": "yuv444p", "seconds": 2},
        20,
    ),
    "late start": ("a.mkv", {"start_s": 5.0, "seconds": 2}, 20),
    "variable rate": (
        "a.mp4",
        {
            "pts": [Fraction(n, 25) + (n // 20) for n in range(60)],
        },
        44,
    ),
    "a name": ('it\'s "my" 视频 file.mp4', {"seconds": 1}, 10),
}


@pytest.mark.parametrize("name", _ODD)
async def test_unusual_clips_are_extracted(tmp_path: Path, engine: RapidOcr, name: str) -> None:
    file_name, options, frame_count = _ODD[name]
    clip = make_clip(tmp_path / file_name, **options)
    result, store = await extract(clip, engine)
    assert result.frame_count == frame_count
    assert result.full_frame_count == 1
    assert await store.exists(result.layout_key)
    assert (result.suggested_crop_region is not None) == ("captions" in options)


def _text(path: Path) -> Path:
    path.write_bytes(b"This is text, not a video. " * 200)
    return path


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXTINF:10,\n/etc/hostname\n#EXT-X-ENDLIST\n")
    return path


def _picture(path: Path) -> Path:
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(path, "PNG")
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_text, ErrorCode.VIDEO_UNREADABLE),
        (_empty, ErrorCode.VIDEO_UNREADABLE),
        (_playlist, ErrorCode.VIDEO_UNREADABLE),
        (_picture, ErrorCode.VIDEO_UNREADABLE),
        (make_audio_only, ErrorCode.VIDEO_WITHOUT_PICTURES),
    ],
)
async def test_a_file_without_a_video_is_refused_with_a_sentence(
    tmp_path: Path, engine: RapidOcr, make: Callable[[Path], Path], code: ErrorCode
) -> None:
    with pytest.raises(PermanentError) as raised:
        await extract(make(tmp_path / "upload.mp4"), engine)
    assert raised.value.code is code
    assert raised.value.message.endswith(".")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"frame_rate": 3.0}, ErrorCode.FRAME_RANGE_INVALID),
        ({"frame_rate": 0.0}, ErrorCode.FRAME_RANGE_INVALID),
        ({"frame_rate": -1.0}, ErrorCode.FRAME_RANGE_INVALID),
        ({"frame_rate": float("nan")}, ErrorCode.FRAME_RANGE_INVALID),
        ({"video_key": f"{UUID(int=9)}/client/a.mp4"}, ErrorCode.OBJECT_KEY_INVALID),
        ({"video_key": f"{TENANT}/client/none.mp4"}, ErrorCode.OBJECT_MISSING),
    ],
)
async def test_wrong_requests_are_refused(
    tmp_path: Path, engine: RapidOcr, request_: dict[str, Any], code: ErrorCode
) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=0.2)
    with pytest.raises(PermanentError) as raised:
        await extract(clip, engine, **request_)
    assert raised.value.code is code


class _Failing:
    """An engine that cannot read some of its frames."""

    name = "failing"

    def __init__(self, fails: Callable[[int], bool]) -> None:
        self._fails = fails

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        pages = [
            OcrPage(error="The picture is too dark.") if self._fails(number) else OcrPage()
            for number in range(len(images))
        ]
        return OcrReading(pages=pages, units=len(images))


def _captioned(path: Path, seconds: int, size: tuple[int, int] = (320, 180)) -> Path:
    """A clip with another caption in each second."""
    captions = [(float(at), at + 1.0, f"the boats came {at} times") for at in range(seconds)]
    return make_clip(path, size=size, fps=5, seconds=seconds, captions=captions)


async def test_frames_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    clip = _captioned(tmp_path / "a.mp4", 14)
    result, _ = await extract(clip, _Failing(lambda number: number == 3), frame_rate=1.0)
    assert result.full_frame_count == 14
    assert result.failed_ocr_count == 1
    assert result.measured.ocr_units >= 14


class _Counting:
    """An engine that notes how many pictures it gets at a time, and their pixels."""

    name = "counting"

    def __init__(self) -> None:
        self.pictures: list[int] = []
        self.pixels = 0

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        self.pictures.append(len(images))
        self.pixels += sum(image.shape[0] * image.shape[1] for image in images)
        return OcrReading(pages=[OcrPage() for _ in images], units=1)


async def test_a_few_frames_wait_for_the_engine_and_each_reading_is_reported(
    tmp_path: Path,
) -> None:
    engine = _Counting()
    seen: list[Progress] = []
    clip = _captioned(tmp_path / "a.mp4", 50)
    result, _ = await extract(clip, engine, seen.append, frame_rate=1.0)
    assert result.full_frame_count == 50
    assert len(engine.pictures) == 4
    done = [each.done for each in seen if each.stage == "ocr"]
    assert done == sorted(done)
    assert done[-1] == 50
    assert all(after - before <= 16 for before, after in itertools.pairwise(done))


async def test_the_rows_with_text_are_read_alone(tmp_path: Path) -> None:
    engine = _Counting()
    clip = _captioned(tmp_path / "a.mp4", 10, (640, 360))
    result, _ = await extract(clip, engine, frame_rate=1.0)
    assert 0 < engine.pixels < 0.5 * result.full_frame_count * 640 * 360


async def test_a_still_picture_is_read_once(tmp_path: Path) -> None:
    engine = _Counting()
    captions = [(0.0, 30.0, "only this line")]
    clip = make_clip(tmp_path / "a.mp4", pts=[0, 29], captions=captions)
    result, _ = await extract(clip, engine, frame_rate=1.0)
    assert result.full_frame_count > 16
    assert sum(engine.pictures) == 2, "one reading of each of the two pictures"


async def test_a_picture_later_than_the_sound_is_counted_from_the_files_start(
    tmp_path: Path,
) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 36), seconds=2, start_s=1.5, audio=True)
    result, _ = await extract(clip, _Failing(lambda _: False))
    assert result.start_seconds == pytest.approx(1.5, abs=0.03)
    assert result.frame_count == 20


async def test_a_video_whose_frames_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    captions = [(0.0, 1.0, "only this line")]
    clip = make_clip(tmp_path / "a.mp4", size=(320, 180), seconds=1, captions=captions)
    with pytest.raises(TransientError) as raised:
        await extract(clip, _Failing(lambda _: True))
    assert isinstance(raised.value, CaptionAccError)
    assert raised.value.code is ErrorCode.OCR_FAILED
    assert "too dark" in raised.value.message
