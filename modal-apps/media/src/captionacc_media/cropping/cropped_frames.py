"""The one pass over a video: decode, crop, and feed encoder and model at the same time."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from captionacc_contracts.frames.frame_index import (
    CROPPED_FRAME_RATE,
    INDICES_PER_SECOND,
)
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.manifest import Manifest
from captionacc_contracts.work.compute import Progress

from captionacc_media.cropping.band import luma_band
from captionacc_media.cropping.bounded_stage import BoundedStage
from captionacc_media.cropping.chunk_encoding import ChunkWriter
from captionacc_media.cropping.crop import Cropper, Plane, YuvPicture
from captionacc_media.frames.colour import colour_of
from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.frame_grid import grid

STAGE = "crop_and_infer"
_QUEUE_BYTES = 64 * 1024 * 1024
_BANDS_PER_BATCH = 32


class BandSink(Protocol):
    """What learns from the frames; :class:`captionacc_extents.inference.ExtentsInference`."""

    def add(self, bands: Plane) -> None:
        """Take the next bands, n x 64 x 512."""
        ...


@dataclass(frozen=True, kw_only=True)
class CroppedFrames:
    """Every chunk lies under the directory; ``manifest`` lists them and is not written yet."""

    manifest: Manifest

    @property
    def total_bytes(self) -> int:
        return sum(chunk.size_bytes for chunk in self.manifest.chunks)


class BandBatches:
    """Turns luma planes into bands and hands them on in batches."""

    def __init__(self, sink: BandSink) -> None:
        self._sink = sink
        self._bands: list[Plane] = []
        self._last: tuple[Plane, Plane] | None = None

    def add(self, luma: Plane) -> None:
        # A picture that stays on screen is cropped once and arrives as the same array.
        if self._last is None or self._last[0] is not luma:
            self._last = luma, luma_band(luma)
        self._bands.append(self._last[1])
        if len(self._bands) == _BANDS_PER_BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand on what is left."""
        if self._bands:
            self._sink.add(np.stack(self._bands))
            self._bands.clear()


def crop_and_feed(
    source: VideoSource,
    region: CropRegion,
    directory: Path,
    bands: BandSink,
    *,
    version: int,
    progress: Callable[[Progress], None],
) -> CroppedFrames:
    """Write every chunk of ``region`` under ``directory`` and give every frame to ``bands``.

    Decoding runs in the caller's thread, encoding and the model in one each; an exception raised
    by ``progress`` stops all three.

    Raises:
        PermanentError: ``video_without_pictures``, ``crop_region_invalid``, ``result_incomplete``.
    """
    cropper = Cropper(source, region)
    writer = ChunkWriter(directory, cropper.width, cropper.height, colour_of(source))
    batches = BandBatches(bands)
    capacity = max(2, min(128, _QUEUE_BYTES * 2 // 3 // (cropper.width * cropper.height) // 2))
    expected = int(source.duration_seconds * INDICES_PER_SECOND)

    def encode(item: tuple[int, YuvPicture]) -> None:
        writer.add(*item)

    count = 0
    try:
        with ExitStack() as stages:
            encoding = stages.enter_context(
                BoundedStage("encode chunks", encode, capacity=capacity)
            )
            inference = stages.enter_context(
                BoundedStage("infer extents", batches.add, capacity=capacity)
            )
            frame_shown, picture = None, None
            for index, frame in grid(source):
                if picture is None or frame is not frame_shown:
                    frame_shown, picture = frame, cropper.cut(frame)
                encoding.put((index, picture))
                inference.put(picture.luma)
                count = index + 1
                progress(Progress(stage=STAGE, done=count, total=max(count, expected)))
        batches.flush()
        # The file's own duration was an estimate.
        progress(Progress(stage=STAGE, done=count, total=count))
        chunks = writer.finish()
    finally:
        writer.discard()
    return CroppedFrames(
        manifest=Manifest(
            cropped_frames_version=version,
            frame_rate=CROPPED_FRAME_RATE,
            frame_count=count,
            width=cropper.width,
            height=cropper.height,
            crop_region=region,
            chunks=chunks,
        )
    )


def manifest_bytes(manifest: Manifest) -> bytes:
    """``manifest.json``; whoever stores it does so after every chunk."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)
