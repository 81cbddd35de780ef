"""Runs the product's extract call over videos, and notes which regions it suggests."""

import asyncio
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


class NoReadings:
    """An OCR engine that reads nothing. The tracks that are found do not depend on what is read."""

    name = "none"

    async def read(
        self, images: Sequence[RgbImage], language: str | None = None, *, crops: bool = False
    ) -> OcrReading:
        """Return an empty page per picture."""
        del language, crops
        return OcrReading(pages=[OcrPage() for _ in images])


def extract_all(
    videos: Sequence[Path], processes: int, *, with_ocr: bool = True
) -> Iterator[Extraction]:
    """Extract each video in one of several processes; results come in the order of the videos.

    Without OCR, the same tracks are found in half the time, and the times are those of looking.
    """
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(with_ocr,),
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


def _start_worker(with_ocr: bool) -> None:
    global _engine, _runner
    # The engine belongs to one event loop, so all calls of a process share it.
    _runner = asyncio.Runner()
    _engine = RapidOcr() if with_ocr else NoReadings()


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
