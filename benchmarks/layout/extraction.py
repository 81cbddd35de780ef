"""Runs the product's extract call over videos, and notes which regions it suggests."""

import asyncio
import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ExtractRequest, ExtractResult
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_media.ocr.protocol import OcrEngine, OcrPage, OcrReading, RgbImage
from captionacc_media.ocr.rapid import RapidOcr
from captionacc_modal.calls import extract_frames_and_ocr
from captionacc_wasabi.testing import InMemoryObjectStore

from benchmarks.layout.truth import Box

TENANT, VIDEO = TenantId(UUID(int=1)), VideoId(UUID(int=2))


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """The regions of one video, best first, and the processor time that they took."""

    video: str
    regions: list[Box]
    processor_seconds: float


class KeptReadings:
    """An OCR engine that keeps what another one read, a file per picture.

    It makes later runs of the same code faster, and their times wrong.
    """

    def __init__(self, engine: OcrEngine, folder: Path) -> None:
        self._engine, self._folder = engine, folder

    @property
    def name(self) -> str:
        return self._engine.name

    async def read(self, images: Sequence[RgbImage], language: str | None = None) -> OcrReading:
        """Read the pictures that were not read before."""
        files = [self._file(image, language) for image in images]
        new = [image for image, file in zip(images, files, strict=True) if not file.exists()]
        reading = await self._engine.read(new, language)
        fresh = iter(reading.pages)
        pages = []
        for file in files:
            if file.exists():
                pages.append(msgspec.json.decode(file.read_bytes(), type=OcrPage))
                continue
            page = next(fresh)
            file.write_bytes(msgspec.json.encode(page))
            pages.append(page)
        return OcrReading(pages=pages, units=reading.units)

    def _file(self, image: RgbImage, language: str | None) -> Path:
        digest = hashlib.sha256(f"{self.name} {language} {image.shape}".encode())
        digest.update(image.tobytes())
        return self._folder / f"{digest.hexdigest()}.json"


def extract_all(
    videos: Sequence[Path], processes: int, kept_readings: Path | None = None
) -> Iterator[Extraction]:
    """Extract each video in one of several processes; results come in the order of the videos."""
    if kept_readings is not None:
        kept_readings.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(kept_readings,),
    ) as pool:
        yield from pool.map(_extract_one, videos)


def regions_of(result: ExtractResult) -> list[Box]:
    """The regions of all suggested tracks."""
    regions = (track.crop_region for track in result.suggested_tracks)
    return [
        Box(
            left=region.crop_left,
            top=region.crop_top,
            right=region.crop_right,
            bottom=region.crop_bottom,
        )
        for region in regions
    ]


_engine: OcrEngine
_runner: asyncio.Runner


def _start_worker(kept_readings: Path | None) -> None:
    global _engine, _runner
    # The engine belongs to one event loop, so all calls of a process share it.
    _runner = asyncio.Runner()
    _engine = RapidOcr()
    if kept_readings is not None:
        _engine = KeptReadings(_engine, kept_readings)


def _extract_one(video: Path) -> Extraction:
    started = time.process_time()
    result = _runner.run(_extract(video))
    return Extraction(
        video=video.name,
        regions=regions_of(result),
        processor_seconds=time.process_time() - started,
    )


async def _extract(video: Path) -> ExtractResult:
    store = InMemoryObjectStore()
    key = object_keys.upload(TENANT, VIDEO)
    await store.put_file(key, video)
    return await extract_frames_and_ocr.run(
        ExtractRequest(video_key=key, tenant_id=TENANT, video_id=VIDEO),
        store=store,
        engine=_engine,
        network=OnnxNetwork(),
        progress=lambda _: None,
    )
