import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import av
import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.chunks import chunk_of
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, TrackRange, WritingDirection
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import CaptionOcrRequest, CaptionsOcrRequest, Progress
from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.cropping.cropped_frames import TrackPass, crop_and_feed
from captionacc_media.cropping.manifest_file import manifest_bytes
from captionacc_media.cropping.median import median_picture
from captionacc_media.frames.container import open_video
from captionacc_media.ocr.protocol import OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.rapid import RapidOcr
from captionacc_media.text.boxes import TextBox
from captionacc_modal.calls import cropped_range_medians, generate_caption_ocr
from captionacc_testkit.media import make_clip, picture
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.testing import InMemoryObjectStore
from PIL import Image, ImageDraw, ImageFont

PREFIX = object_keys.chunks_prefix(TenantId(UUID(int=1)), VideoId(UUID(int=2)), 4)
BOTTOM = CropRegion(crop_left=0, crop_top=0.7, crop_right=1, crop_bottom=1)
AT_THE_BOTTOM = CropTrack(crop_region=BOTTOM)
CAPTIONS = [(0.5, 2.5, "The quick brown fox"), (3.0, 5.0, "jumps over\nthe lazy dog")]
FOX, DOG = TrackRange(start_frame=5, end_frame=25), TrackRange(start_frame=30, end_frame=50)
BLANK = TrackRange(start_frame=51, end_frame=59)


SAID = ["Nobody had slept", "It was quiet", "until they came back", "Yes.", "Yes.", "Good night"]
SAID_IN = [TrackRange(start_frame=10 * at, end_frame=10 * at + 9) for at in range(len(SAID))]


class CountingStore(InMemoryObjectStore):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

    async def get(self, key: str, *, max_bytes: int = 2**30) -> bytes:
        self.got.append(key)
        return await super().get(key, max_bytes=max_bytes)


class NoBands:
    def add(self, bands: npt.NDArray[np.uint8]) -> None:
        pass


class BrightnessEngine:
    """Reads an image as its mean brightness; refuses the image with the number ``refused``."""

    name = "brightness"

    def __init__(self, refused: int | None = None) -> None:
        self.readings: list[int] = []
        self._refused = refused

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        self.readings.append(len(images))
        pages = [
            OcrPage(error="The engine refused this image.")
            if number == self._refused
            else OcrPage(
                boxes=[
                    TextBox(
                        text=f"{image.mean():.1f}",
                        confidence=0.9,
                        left=0,
                        top=0,
                        right=10,
                        bottom=10,
                    )
                ]
            )
            for number, image in enumerate(images)
        ]
        return OcrReading(pages=pages, units=1)


class ColumnsEngine(BrightnessEngine):
    """Reads two columns in every image, the left one first."""

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        columns = [
            TextBox(text=text, confidence=0.9, left=left, top=0, right=left + 12, bottom=60)
            for text, left in (("降っている", 4), ("今日は雨が", 24))
        ]
        return OcrReading(pages=[OcrPage(boxes=columns) for _ in images])


@pytest.fixture(scope="session")
def version(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Objects of one version of cropped frames, by key."""
    folder = tmp_path_factory.mktemp("version")
    clip = make_clip(folder / "a.mp4", size=(640, 360), seconds=6, captions=CAPTIONS)
    return _cropped(clip, folder)


@pytest.fixture
async def signed_store(tmp_path: Path) -> InMemoryObjectStore:
    """A version whose crop region holds a small title bar beside the captions ``SAID``."""

    def with_title(image: Image.Image, number: int) -> None:
        ImageDraw.Draw(image).text(
            (24, 336), "~: bash", font=ImageFont.load_default(17), fill="white"
        )

    shown = {number: SAID[number // 10] for number in range(10 * len(SAID)) if number % 10 < 9}
    return await _drawn(tmp_path, 10 * len(SAID), shown, with_title)


async def _drawn(
    folder: Path,
    frames: int,
    captions: Mapping[int, str],
    draw: Callable[[Image.Image, int], None],
) -> InMemoryObjectStore:
    """A version of a video at 10 Hz: ``captions`` by frame, and what ``draw`` adds to a frame."""
    clip = folder / "drawn.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(frames):
            image = Image.fromarray(picture((640, 360), number, captions.get(number)))
            draw(image, number)
            frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    store = InMemoryObjectStore()
    for key, data in _cropped(clip, folder).items():
        await store.put(key, data)
    return store


def _cropped(clip: Path, folder: Path, track: CropTrack = AT_THE_BOTTOM) -> dict[str, bytes]:
    with open_video(clip) as source:
        one = TrackPass(track=track, directory=folder / "c", bands=NoBands())
        (cropped,) = crop_and_feed(source, [one], version=4, progress=lambda _: None)
    objects = {
        PREFIX + chunk.path: (folder / "c" / chunk.path).read_bytes()
        for chunk in cropped.manifest.chunks
    }
    objects[object_keys.manifest(PREFIX)] = manifest_bytes(cropped.manifest)
    return objects


@pytest.fixture
async def store(version: dict[str, bytes]) -> CountingStore:
    store = CountingStore()
    for key, data in version.items():
        await store.put(key, data)
    return store


def ignore(_: Progress) -> None:
    pass


def one(frames: TrackRange) -> CaptionOcrRequest:
    return CaptionOcrRequest(
        chunks_prefix=PREFIX, start_frame=frames.start_frame, end_frame=frames.end_frame
    )


def many(*ranges: TrackRange) -> CaptionsOcrRequest:
    return CaptionsOcrRequest(chunks_prefix=PREFIX, ranges=list(ranges))


async def test_the_real_engine_reads_captions_in_the_order_of_the_request(
    store: CountingStore,
) -> None:
    seen: list[Progress] = []
    engine = RapidOcr(workers=1)
    result = await generate_caption_ocr.run_many(
        many(DOG, BLANK, FOX, DOG), store=store, engine=engine, progress=seen.append
    )
    texts = [each.text for each in result.texts]
    assert texts == ["jumps over\nthe lazy dog", "", "The quick brown fox", texts[0]]
    assert result.texts[1].confidence == 0
    assert result.texts[2].confidence > 0.5
    assert all(each.error is None for each in result.texts)
    assert len(store.got) == len(set(store.got))
    assert (seen[-1].done, seen[-1].total) == (3, 3)
    assert set(result.measured.seconds) == {"fetch", "median", "store", "ocr"}
    assert result.measured.ocr_engine == engine.name

    single = await generate_caption_ocr.run(one(FOX), store=store, engine=engine, progress=ignore)
    assert single.ocr_text == "The quick brown fox"
    assert single.confidence == pytest.approx(result.texts[2].confidence)


@pytest.mark.parametrize("track", [1, 2])
async def test_the_pictures_that_were_read_are_stored(
    version: dict[str, bytes], track: int
) -> None:
    store = InMemoryObjectStore()
    prefix = object_keys.track_prefix(PREFIX, track)
    for key, data in version.items():
        await store.put(key.replace(PREFIX, prefix), data)
    fox, blank = (msgspec.structs.replace(each, track=track) for each in (FOX, BLANK))
    await generate_caption_ocr.run_many(
        many(fox, blank), store=store, engine=BrightnessEngine(), progress=ignore
    )
    pictures = [
        np.asarray(Image.open(io.BytesIO(await store.get(object_keys.median(prefix, frames)))))
        for frames in (fox, blank)
    ]
    assert [each.shape for each in pictures] == [(108, 640, 3)] * 2
    white = [(each > 200).mean() for each in pictures]
    assert white[0] > 0.01 > white[1]


async def test_a_store_that_takes_no_picture_costs_no_reading(store: CountingStore) -> None:
    class FullStore(CountingStore):
        async def get(self, key: str, *, max_bytes: int = 2**30) -> bytes:
            return await store.get(key)

        async def put(self, key: str, data: bytes, *, content_type: str = "") -> None:
            raise TransientError(ErrorCode.STORE_UNAVAILABLE, "The store is full.")

    engine = BrightnessEngine()
    with pytest.raises(TransientError):
        await generate_caption_ocr.run_many(
            many(FOX), store=FullStore(), engine=engine, progress=ignore
        )
    assert engine.readings == []


async def test_a_sign_in_the_crop_region_is_left_out_of_captions(
    signed_store: InMemoryObjectStore,
) -> None:
    engine = RapidOcr(workers=1)
    single = await generate_caption_ocr.run(
        one(SAID_IN[0]), store=signed_store, engine=engine, progress=ignore
    )
    assert "bash" in single.ocr_text
    result = await generate_caption_ocr.run_many(
        many(*SAID_IN), store=signed_store, engine=engine, progress=ignore
    )
    assert [each.text for each in result.texts] == SAID


async def test_a_sign_that_also_stands_in_the_gaps_is_left_out(tmp_path: Path) -> None:
    says = "It was quiet"

    def with_sign(image: Image.Image, number: int) -> None:
        ImageDraw.Draw(image).text((60, 258), "EXIT 24", "yellow", ImageFont.load_default(24))

    shown = dict.fromkeys(range(10, 30), says) | dict.fromkeys(range(40, 55), "nobody came")
    store = await _drawn(tmp_path, 60, shown, with_sign)
    ranges = TrackRange(start_frame=10, end_frame=30), TrackRange(start_frame=40, end_frame=55)
    result = await generate_caption_ocr.run_many(
        many(*ranges), store=store, engine=RapidOcr(workers=1), progress=ignore
    )
    assert [each.text for each in result.texts] == [says, "nobody came"]


async def test_only_the_caption_in_front_of_an_older_one_is_read(tmp_path: Path) -> None:
    def boxed(image: Image.Image, number: int) -> None:
        draw = ImageDraw.Draw(image)
        font = ImageFont.load_default(30)
        left, top, right, bottom = draw.textbbox((320, 310), "Newer text", font, "mm")
        draw.rectangle((left - 12, top - 14, right + 12, bottom + 14), fill="black")
        draw.text((320, 310), "Newer text", "white", font, "mm")

    older = "an older caption behind that is longer"
    store = await _drawn(tmp_path, 20, dict.fromkeys(range(20), older), boxed)
    engine = RapidOcr(workers=1)
    result = await generate_caption_ocr.run(
        one(TrackRange(start_frame=0, end_frame=20)), store=store, engine=engine, progress=ignore
    )
    assert result.ocr_text == "Newer text"


async def test_the_columns_of_a_vertical_track_are_read_from_right_to_left(tmp_path: Path) -> None:
    side = CropRegion(crop_left=0.8, crop_top=0, crop_right=1, crop_bottom=1)
    track = CropTrack(crop_region=side, direction=WritingDirection.VERTICAL)
    store = InMemoryObjectStore()
    clip = make_clip(tmp_path / "a.mp4", seconds=1)
    for key, data in _cropped(clip, tmp_path, track).items():
        await store.put(key, data)
    frames = TrackRange(start_frame=0, end_frame=9)
    result = await generate_caption_ocr.run_many(
        many(frames), store=store, engine=ColumnsEngine(), progress=ignore
    )
    assert result.texts[0].text == "今日は雨が\n降っている"


async def test_only_the_chunks_of_the_range_are_fetched(store: CountingStore) -> None:
    frames = TrackRange(start_frame=40, end_frame=44)
    await generate_caption_ocr.run(
        one(frames), store=store, engine=BrightnessEngine(), progress=ignore
    )
    allowed = {PREFIX + chunk_of(index).path for index in range(40, 44)}
    assert set(store.got) <= {*allowed, object_keys.manifest(PREFIX)}


async def test_a_range_that_cannot_be_read_does_not_fail_the_others(store: CountingStore) -> None:
    beyond = TrackRange(start_frame=55, end_frame=61)
    lost = TrackRange(start_frame=1, end_frame=3)
    await store.delete([PREFIX + chunk_of(1).path])
    result = await generate_caption_ocr.run_many(
        many(lost, DOG, beyond), store=store, engine=BrightnessEngine(), progress=ignore
    )
    first, second, third = result.texts
    assert first.text == third.text == ""
    assert first.error is not None
    assert second.error is None
    assert float(second.text) > 0
    assert third.error is not None
    assert "ends after the video's 60 frames" in third.error


async def test_an_image_the_engine_refuses_has_its_own_error(store: CountingStore) -> None:
    result = await generate_caption_ocr.run_many(
        many(FOX, DOG), store=store, engine=BrightnessEngine(refused=0), progress=ignore
    )
    assert [each.error for each in result.texts] == ["The engine refused this image.", None]
    with pytest.raises(PermanentError) as caught:
        await generate_caption_ocr.run(
            one(FOX), store=store, engine=BrightnessEngine(refused=0), progress=ignore
        )
    assert caught.value.code is ErrorCode.OCR_FAILED


async def test_many_ranges_share_readings_and_fetches(store: CountingStore) -> None:
    ranges = [TrackRange(start_frame=start, end_frame=start + 3) for start in range(57)]
    engine = BrightnessEngine()
    result = await generate_caption_ocr.run_many(
        many(*ranges, *ranges, *ranges), store=store, engine=engine, progress=ignore
    )
    assert len(result.texts) == 171
    assert result.texts[:57] == result.texts[57:114]
    assert engine.readings == [40, 17]
    assert result.measured.ocr_units == 2
    assert len(store.got) == len(set(store.got))


async def test_a_request_without_ranges_fetches_nothing(store: CountingStore) -> None:
    result = await generate_caption_ocr.run_many(
        many(), store=store, engine=BrightnessEngine(), progress=ignore
    )
    assert result.texts == []
    assert store.got == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, ErrorCode.OBJECT_MISSING),
        (b'{"frame_count": 3}', ErrorCode.FILE_FORMAT_INVALID),
    ],
)
async def test_a_version_with_a_missing_or_damaged_manifest_is_refused(
    store: CountingStore, data: bytes | None, code: ErrorCode
) -> None:
    await store.delete([object_keys.manifest(PREFIX)])
    if data is not None:
        await store.put(object_keys.manifest(PREFIX), data)
    with pytest.raises(PermanentError) as caught:
        await generate_caption_ocr.run_many(
            many(FOX), store=store, engine=BrightnessEngine(), progress=ignore
        )
    assert caught.value.code is code


async def test_a_store_that_does_not_answer_fails_the_whole_call(store: CountingStore) -> None:
    class DeadStore(CountingStore):
        async def get(self, key: str, *, max_bytes: int = 2**30) -> bytes:
            if key.endswith(".webm"):
                raise TransientError(ErrorCode.STORE_UNAVAILABLE, "The store does not answer.")
            return await store.get(key)

    with pytest.raises(TransientError):
        await generate_caption_ocr.run_many(
            many(FOX, DOG), store=DeadStore(), engine=BrightnessEngine(), progress=ignore
        )


async def test_an_empty_range_is_refused(store: CountingStore) -> None:
    request = CaptionOcrRequest(chunks_prefix=PREFIX, start_frame=4, end_frame=4)
    with pytest.raises(PermanentError) as caught:
        await generate_caption_ocr.run(
            request, store=store, engine=BrightnessEngine(), progress=ignore
        )
    assert caught.value.code is ErrorCode.FRAME_RANGE_INVALID


async def test_many_batches_give_the_texts_of_one(
    store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges = [TrackRange(start_frame=at, end_frame=at + 6) for at in range(0, 48, 6)]
    at_once = await generate_caption_ocr.run_many(
        many(*ranges), store=store, engine=BrightnessEngine(), progress=ignore
    )
    monkeypatch.setattr(generate_caption_ocr, "_IMAGES_A_READING", 3)
    engine = BrightnessEngine()
    seen: list[Progress] = []
    in_batches = await generate_caption_ocr.run_many(
        many(*ranges), store=store, engine=engine, progress=seen.append
    )
    assert engine.readings == [3, 3, 2]
    assert [each.done for each in seen] == [3, 6, 8]
    assert in_batches.texts == at_once.texts


async def test_few_medians_wait_for_the_engine(
    store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long video must not take more memory than a short one."""
    made = 0

    def counted(pictures: Sequence[YuvPicture]) -> YuvPicture:
        nonlocal made
        made += 1
        return median_picture(pictures)

    class SlowEngine(BrightnessEngine):
        async def read(
            self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
        ) -> OcrReading:
            if not self.readings:
                with pytest.raises(AssertionError):
                    await eventually(lambda: made > 2, timeout_s=1)
                assert made == 2, "a median is made while the engine reads"
            return await super().read(images, language, crops=crops)

    monkeypatch.setattr(cropped_range_medians, "median_picture", counted)
    monkeypatch.setattr(cropped_range_medians, "_DECODED_BYTES", 1)
    monkeypatch.setattr(generate_caption_ocr, "_IMAGES_A_READING", 1)
    engine = SlowEngine()
    ranges = [TrackRange(start_frame=at, end_frame=at + 3) for at in range(0, 60, 3)]
    await generate_caption_ocr.run_many(many(*ranges), store=store, engine=engine, progress=ignore)
    assert len(engine.readings) == made == len(ranges)


async def test_an_engine_that_does_not_answer_ends_the_call(
    store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(BrightnessEngine):
        async def read(
            self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
        ) -> OcrReading:
            raise TransientError(ErrorCode.OCR_UNAVAILABLE, "The engine is away.")

    monkeypatch.setattr(generate_caption_ocr, "_IMAGES_A_READING", 1)
    with pytest.raises(TransientError, match="The engine is away"):
        await generate_caption_ocr.run_many(
            many(FOX, DOG, BLANK), store=store, engine=Away(), progress=ignore
        )
