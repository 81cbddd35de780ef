"""A picture per caption, for people who check captions without this system."""

import asyncio
import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

import numpy as np
import numpy.typing as npt
from captionacc_contracts import object_keys
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.chunks import ChunkId
from captionacc_contracts.frames.geometry import FrameRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_exports.clock import clock
from captionacc_exports.writers.table import to_csv
from captionacc_media.cropping.chunk_decoding import by_chunk, decode_chunk
from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.cropping.median import median_picture, sampled_indices
from captionacc_wasabi.store import ObjectStore
from PIL import Image

INDEX = "index.csv"
# Captions that are near to each other share chunks, and the pictures of a few captions are small.
_AT_ONCE = 8
# Chunks are small files, so a few requests at the same time hide the waiting.
_CHUNKS_AT_ONCE = 8
# Wide enough to tell the pictures apart.
_GAP_PIXELS = 4
_GAP_GREY = 128


def strip_names(captions: Sequence[CaptionView], offset_seconds: float) -> list[str]:
    """Names in the order of ``captions``, such as ``0001_00-01-02.500_track1.png``."""
    return [
        f"{number:04d}_{clock(each.start_seconds + offset_seconds, '.').replace(':', '-')}"
        f"_track{each.track}.png"
        for number, each in enumerate(captions, 1)
    ]


def index_of(names: Sequence[str], captions: Iterable[CaptionView], offset_seconds: float) -> str:
    """The table of the captions, in which each row begins with the name of its picture."""
    rows = csv.reader(io.StringIO(to_csv(captions, offset_seconds=offset_seconds)))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [name, *row] for name, row in zip(["picture", *names], rows, strict=True)
    )
    return out.getvalue()


class Strips:
    """Makes the strips of one version of a video's cropped frames."""

    def __init__(
        self, store: ObjectStore, *, tenant: TenantId, video: VideoId, version: int
    ) -> None:
        self._store = store
        self._owner = (tenant, video)
        self._version = version

    async def write(
        self, captions: Sequence[CaptionView], target: IO[bytes], offset_seconds: float
    ) -> None:
        """Write a zip: a picture per caption, and a table of the captions.

        A picture shows the first frame, the last frame and the median of all frames of the caption
        beside each other. The memory does not grow with the number of captions.

        Args:
            captions: captions without gaps, in the order of the numbers in their names.
            target: the file to write.
            offset_seconds: added to all times.

        Raises:
            PermanentError: chunks of the version are missing or damaged.
            TransientError: the store did not answer.
        """
        names = strip_names(captions, offset_seconds)
        # PNG is compressed already.
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(INDEX, index_of(names, captions, offset_seconds))
            for first in range(0, len(captions), _AT_ONCE):
                group = slice(first, first + _AT_ONCE)
                for name, png in zip(
                    names[group], await self._pictures(captions[group]), strict=True
                ):
                    archive.writestr(name, png)

    async def _pictures(self, captions: Sequence[CaptionView]) -> list[bytes]:
        data: dict[tuple[int, ChunkId], bytes] = {}
        gate = asyncio.Semaphore(_CHUNKS_AT_ONCE)

        async def fetch(track: int, chunk: ChunkId) -> None:
            prefix = object_keys.chunks_prefix(*self._owner, self._version, track)
            async with gate:
                data[track, chunk] = await self._store.get(object_keys.chunk(prefix, chunk))

        wanted = {(each.track, chunk) for each in captions for chunk in by_chunk(_indices(each))}
        try:
            async with asyncio.TaskGroup() as group:
                for track, chunk in wanted:
                    group.create_task(fetch(track, chunk))
        except ExceptionGroup as failed:
            # A missing chunk is a sentence for a person, and the first one is enough.
            raise failed.exceptions[0] from failed
        return await asyncio.to_thread(lambda: [_strip(each, data) for each in captions])


def _range(caption: CaptionView) -> FrameRange:
    return FrameRange(start_frame=caption.start_frame, end_frame=caption.end_frame + 1)


def _indices(caption: CaptionView) -> list[int]:
    """The first frame, the last frame, and the frames of the median."""
    return [caption.start_frame, caption.end_frame, *sampled_indices(_range(caption))]


def _strip(caption: CaptionView, data: Mapping[tuple[int, ChunkId], bytes]) -> bytes:
    frames: dict[int, YuvPicture] = {}
    for chunk, indices in by_chunk(_indices(caption)).items():
        frames |= decode_chunk(data[caption.track, chunk], indices)
    median = median_picture([frames[index] for index in sampled_indices(_range(caption))])
    shown = [frames[caption.start_frame], frames[caption.end_frame], median]
    target = io.BytesIO()
    Image.fromarray(_beside([each.to_rgb() for each in shown])).save(target, "PNG")
    return target.getvalue()


def _beside(pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    gap = np.full((pictures[0].shape[0], _GAP_PIXELS, 3), _GAP_GREY, np.uint8)
    parts = [part for picture in pictures for part in (gap, picture)]
    return np.concatenate(parts[1:], axis=1)
