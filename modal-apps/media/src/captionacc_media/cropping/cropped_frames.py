"""The single pass over a video: it crops each picture for the encoder and for the model."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from captionacc_contracts.frames.frame_index import (
    CROPPED_FRAME_RATE,
    INDICES_PER_SECOND,
)
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.manifest import Manifest
from captionacc_contracts.work.compute import Progress

from captionacc_media.cropping.band_batches import BandBatches, BandSink
from captionacc_media.cropping.bounded_stage import BoundedStage
from captionacc_media.cropping.chunk_encoding import ChunkWriter
from captionacc_media.cropping.crop import Cropper, YuvPicture
from captionacc_media.cropping.cropped_grid import cropped_grid
from captionacc_media.frames.colour import colour_of
from captionacc_media.frames.container import VideoSource

STAGE = "crop_and_infer"

_QUEUE_BYTES = 64 * 1024 * 1024
"""Most memory of the pictures that wait in both queues together."""
_FEWEST_QUEUED, _MOST_QUEUED = 2, 128
"""Pictures per queue, whatever their size; set by hand."""


@dataclass(frozen=True, kw_only=True)
class CroppedFrames:
    """The result of a pass: all chunks are in the directory, ``manifest.json`` is not written."""

    manifest: Manifest

    @property
    def total_bytes(self) -> int:
        return sum(chunk.size_bytes for chunk in self.manifest.chunks)


def crop_and_feed(
    source: VideoSource,
    region: CropRegion,
    directory: Path,
    bands: BandSink,
    *,
    version: int,
    progress: Callable[[Progress], None],
) -> CroppedFrames:
    """Write all chunks of the crop region, and give the band of every frame to the model.

    Decoding runs in the caller's thread; the encoder and the model have one thread each.

    Args:
        source: the open video.
        region: what to cut out of each picture.
        directory: the chunks go below it, at the paths of the chunk plan.
        bands: the model.
        version: the number of this version of cropped frames, for the manifest.
        progress: called in the caller's thread; an exception that it raises ends the pass.

    Raises:
        PermanentError: ``video_without_pictures``, ``crop_region_invalid``, ``result_incomplete``.
    """
    cropper = Cropper(source, region)
    writer = ChunkWriter(directory, cropper.width, cropper.height, colour_of(source))
    try:
        frame_count = _pass_over(source, cropper, writer, BandBatches(bands), progress)
        chunks = writer.finish()
    finally:
        writer.discard()
    return CroppedFrames(
        manifest=Manifest(
            cropped_frames_version=version,
            frame_rate=CROPPED_FRAME_RATE,
            frame_count=frame_count,
            width=cropper.width,
            height=cropper.height,
            crop_region=region,
            chunks=chunks,
        )
    )


def _pass_over(
    source: VideoSource,
    cropper: Cropper,
    writer: ChunkWriter,
    batches: BandBatches,
    progress: Callable[[Progress], None],
) -> int:
    """Give every frame to ``writer`` and ``batches``; returns the number of frames."""

    def encode(item: tuple[int, YuvPicture]) -> None:
        writer.add(*item)

    capacity = _queue_capacity(cropper)
    expected = int(source.duration_seconds * INDICES_PER_SECOND)
    count = 0
    with (
        BoundedStage("encode chunks", encode, capacity=capacity) as encoding,
        BoundedStage("infer extents", batches.add, capacity=capacity) as inference,
    ):
        for index, picture in cropped_grid(source, cropper):
            encoding.put((index, picture))
            inference.put(picture.luma)
            count = index + 1
            progress(Progress(stage=STAGE, done=count, total=max(count, expected)))
    batches.flush()
    # Until here the total was an estimate from the duration that the file states.
    progress(Progress(stage=STAGE, done=count, total=count))
    return count


def _queue_capacity(cropper: Cropper) -> int:
    """Pictures that may wait in each of the two queues; a picture has 1.5 bytes per pixel."""
    pictures = _QUEUE_BYTES * 2 // 3 // (cropper.width * cropper.height)
    return max(_FEWEST_QUEUED, min(_MOST_QUEUED, pictures // 2))
