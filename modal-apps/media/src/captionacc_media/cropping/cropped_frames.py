"""The single pass over a video: it crops each picture, for each track, for encoder and model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from captionacc_contracts.frames.frame_index import (
    CROPPED_FRAME_RATE,
    INDICES_PER_SECOND,
)
from captionacc_contracts.frames.manifest import Manifest, ManifestChunk
from captionacc_contracts.frames.tracks import CropTrack, WritingDirection
from captionacc_contracts.work.compute import Progress

from captionacc_media.cropping.band_batches import BandBatches, BandSink
from captionacc_media.cropping.bounded_stage import BoundedStage
from captionacc_media.cropping.chunk_encoding import ChunkWriter
from captionacc_media.cropping.crop import Cropper, YuvPicture
from captionacc_media.frames.colour import Colour, colour_of
from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.frame_grid import grid

STAGE = "crop_and_infer"

_QUEUE_BYTES = 64 * 1024 * 1024
"""Most memory of the pictures that wait in the queues of all tracks together."""
_FEWEST_QUEUED, _MOST_QUEUED = 2, 64
"""Pictures per queue, whatever their size; set by hand. 64 are a block of the model, which takes
them at irregular times."""
_MOST_TOGETHER = 8
"""Pictures that are handed to a thread at once, set by hand: each hand-over makes threads wait for
the lock of the interpreter."""


@dataclass(frozen=True, kw_only=True)
class CroppedFrames:
    """The result of a pass: all chunks are in the directory, ``manifest.json`` is not written."""

    manifest: Manifest

    @property
    def total_bytes(self) -> int:
        return sum(chunk.size_bytes for chunk in self.manifest.chunks)


@dataclass(frozen=True, kw_only=True)
class TrackPass:
    """What the pass does for one track.

    Attributes:
        track: the region and the writing direction.
        directory: gets the chunks, at the paths of the chunk plan.
        bands: the model; it gets the band of every frame.
        written: called in the thread of the encoder for each chunk when its file is complete.
    """

    track: CropTrack
    directory: Path
    bands: BandSink
    written: Callable[[ManifestChunk], None] = lambda _: None


def crop_and_feed(
    source: VideoSource,
    tracks: Sequence[TrackPass],
    *,
    version: int,
    progress: Callable[[Progress], None],
) -> list[CroppedFrames]:
    """Write all chunks of each track, and give the band of every frame to the model.

    The video is decoded once, in the caller's thread; each track has a thread for the encoder and
    one for the model.

    Args:
        source: the open video.
        tracks: the tracks, in the order of the result.
        version: the number of this version of cropped frames, for the manifests.
        progress: called in the caller's thread; an exception that it raises ends the pass.

    Raises:
        PermanentError: ``video_without_pictures``, ``crop_region_invalid``, ``result_incomplete``.
    """
    colour = colour_of(source)
    with ExitStack() as opened:
        crops = [_TrackCrop(source, each, colour, len(tracks), opened) for each in tracks]
        frame_count = _pass_over(source, crops, progress)
        return [
            CroppedFrames(
                manifest=Manifest(
                    cropped_frames_version=version,
                    frame_rate=CROPPED_FRAME_RATE,
                    frame_count=frame_count,
                    width=crop.cropper.width,
                    height=crop.cropper.height,
                    crop_region=each.track.crop_region,
                    direction=each.track.direction,
                    chunks=crop.writer.finish(),
                )
            )
            for crop, each in zip(crops, tracks, strict=True)
        ]


class _TrackCrop:
    """Crops the pictures of one track and hands them to the encoder and to the model."""

    def __init__(
        self,
        source: VideoSource,
        each: TrackPass,
        colour: Colour,
        tracks: int,
        opened: ExitStack,
    ) -> None:
        self.cropper = Cropper(source, each.track.crop_region)
        size = self.cropper.width, self.cropper.height
        self.writer = ChunkWriter(each.directory, *size, colour, each.written)
        opened.callback(self.writer.discard)
        self._together, self._capacity = _queue_size(self.cropper, tracks)
        vertical = each.track.direction is WritingDirection.VERTICAL
        self._batches = BandBatches(each.bands, turned=vertical)
        self._picture: YuvPicture | None = None
        self._waiting: list[tuple[int, YuvPicture]] = []

    @contextmanager
    def stages(self) -> Iterator[None]:
        """Run both threads during the block; all pictures are consumed after it."""
        with (
            BoundedStage("encode chunks", self._encode, capacity=self._capacity) as self._encoding,
            BoundedStage("infer extents", self._infer, capacity=self._capacity) as self._inference,
        ):
            yield
            self._hand_on()
        # The stages hold this object, which holds the model: a cycle would keep all of that.
        del self._encoding, self._inference
        self._batches.flush()

    def take(self, index: int, frame: av.VideoFrame, *, is_new: bool) -> None:
        """Hand on the picture at ``index``; ``is_new`` says that it differs from the one before."""
        if self._picture is None or is_new:
            self._picture = self.cropper.cut(frame)
        self._waiting.append((index, self._picture))
        if len(self._waiting) == self._together:
            self._hand_on()

    def _hand_on(self) -> None:
        pictures, self._waiting = self._waiting, []
        self._encoding.put(pictures)
        self._inference.put(pictures)

    def _encode(self, pictures: Sequence[tuple[int, YuvPicture]]) -> None:
        for index, picture in pictures:
            self.writer.add(index, picture)

    def _infer(self, pictures: Sequence[tuple[int, YuvPicture]]) -> None:
        for _, picture in pictures:
            self._batches.add(picture.luma)


def _pass_over(
    source: VideoSource, crops: Sequence[_TrackCrop], progress: Callable[[Progress], None]
) -> int:
    """Give every frame to every track; returns the number of frames."""
    expected = int(source.duration_seconds * INDICES_PER_SECOND)
    count = 0
    with ExitStack() as running:
        for crop in crops:
            running.enter_context(crop.stages())
        shown = None
        for index, frame in grid(source):
            for crop in crops:
                crop.take(index, frame, is_new=frame is not shown)
            shown = frame
            count = index + 1
            progress(Progress(stage=STAGE, done=count, total=max(count, expected)))
    # Until here the total was an estimate from the duration that the file states.
    progress(Progress(stage=STAGE, done=count, total=count))
    return count


def _queue_size(cropper: Cropper, tracks: int) -> tuple[int, int]:
    """Pictures that are handed on together, and how often a track's two queues hold as many.

    A pixel has 1.5 bytes.
    """
    pictures = _QUEUE_BYTES // tracks * 2 // 3 // (cropper.width * cropper.height)
    most = max(_FEWEST_QUEUED, min(_MOST_QUEUED, pictures // 2))
    together = max(1, min(_MOST_TOGETHER, most // 4))
    # Two more are outside of a queue: one is gathered and one is consumed.
    return together, max(1, most // together - 2)
