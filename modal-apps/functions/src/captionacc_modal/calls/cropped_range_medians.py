"""Makes the median pictures of ranges of cropped frames, and fetches each chunk only once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.chunks import ChunkId, window
from captionacc_contracts.frames.manifest import Manifest
from captionacc_contracts.frames.tracks import TrackRange, WritingDirection
from captionacc_media.cropping.chunk_decoding import by_chunk, decode_chunk
from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.cropping.median import MAX_FRAMES, median_picture, sampled_indices
from captionacc_wasabi.store import ObjectStore

from captionacc_modal.bounded_concurrency import map_bounded
from captionacc_modal.measuring import StageClock

_DECODED_BYTES = 128 * 1024 * 1024
"""Most memory for decoded frames: a small part of the 2 GiB that the smallest function reserves."""

_FETCHES_AT_ONCE = 8
"""Chunks are small, so most of the time of a fetch is waiting for the store."""


@dataclass(frozen=True, kw_only=True)
class RangeMedian:
    """The median picture (H, W, 3) of ``frames``, or the error that prevented it."""

    frames: TrackRange
    outcome: npt.NDArray[np.uint8] | PermanentError
    direction: WritingDirection


async def read_manifest(store: ObjectStore, prefix: str) -> Manifest:
    """The manifest of a version of cropped frames.

    Raises:
        PermanentError: ``object_missing`` when the version is not complete,
            ``file_format_invalid`` when the manifest is damaged.
    """
    data = await store.get(object_keys.manifest(prefix))
    try:
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise PermanentError(
            ErrorCode.FILE_FORMAT_INVALID,
            "The manifest of the cropped frames is damaged. "
            "Approve the crop region again to make them anew.",
        ) from error


async def range_medians(
    store: ObjectStore,
    prefix: str,
    ranges: Sequence[TrackRange],
    clock: StageClock,
) -> AsyncIterator[RangeMedian]:
    """The median of each distinct range, in the order of the starts.

    The error of a range does not affect the other ranges. The memory does not grow with the number
    of ranges. ``clock`` measures the stages ``fetch`` and ``median``.

    Raises:
        PermanentError: The version has no manifest, or its manifest is damaged.
        TransientError: The store did not answer.
    """
    with clock.stage("fetch"):
        manifest = await read_manifest(store, prefix)
    ordered = sorted(set(ranges), key=lambda each: (each.start_frame, each.end_frame))
    inside = [each for each in ordered if each.end_frame <= manifest.frame_count]
    for outside in (each for each in ordered if each.end_frame > manifest.frame_count):
        yield RangeMedian(
            frames=outside,
            outcome=PermanentError(
                ErrorCode.FRAME_RANGE_INVALID,
                f"The range {outside.start_frame} to {outside.end_frame} ends after the "
                f"video's {manifest.frame_count} frames.",
            ),
            direction=manifest.direction,
        )
    picture_bytes = manifest.width * manifest.height * 3 // 2
    together = max(1, _DECODED_BYTES // (picture_bytes * MAX_FRAMES))
    chunks = _ChunkCache(store, prefix)
    for first in range(0, len(inside), together):
        group = inside[first : first + together]
        wanted = {each: sampled_indices(each) for each in group}
        needed = by_chunk(index for indices in wanted.values() for index in indices)
        with clock.stage("fetch"):
            chunks.forget_before(group[0].start_frame)
            await chunks.fetch(needed)
        with clock.stage("median"):
            medians = await asyncio.to_thread(_medians, wanted, needed, chunks.data)
        for frames, outcome in medians.items():
            yield RangeMedian(frames=frames, outcome=outcome, direction=manifest.direction)


class _ChunkCache:
    """Chunks by id.

    Ranges come in the order of their starts, so a chunk that ends before a range is not needed
    again.
    """

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self.data: dict[ChunkId, bytes | PermanentError] = {}

    def forget_before(self, index: int) -> None:
        for chunk in list(self.data):
            if chunk.start + window(chunk.level) <= index:
                del self.data[chunk]

    async def fetch(self, needed: dict[ChunkId, list[int]]) -> None:
        missing = [chunk for chunk in needed if chunk not in self.data]
        fetched = await map_bounded(self._get, missing, at_once=_FETCHES_AT_ONCE)
        self.data.update(zip(missing, fetched, strict=True))

    async def _get(self, chunk: ChunkId) -> bytes | PermanentError:
        try:
            return await self._store.get(object_keys.chunk(self._prefix, chunk))
        except PermanentError as error:
            return error


def _medians(
    wanted: dict[TrackRange, list[int]],
    needed: dict[ChunkId, list[int]],
    data: dict[ChunkId, bytes | PermanentError],
) -> dict[TrackRange, npt.NDArray[np.uint8] | PermanentError]:
    pictures: dict[int, YuvPicture | PermanentError] = {}
    for chunk, indices in needed.items():
        encoded = data[chunk]
        try:
            if isinstance(encoded, PermanentError):
                raise encoded
            pictures.update(decode_chunk(encoded, indices))
        except PermanentError as error:
            pictures.update(dict.fromkeys(indices, error))
    medians: dict[TrackRange, npt.NDArray[np.uint8] | PermanentError] = {}
    for frames, indices in wanted.items():
        found = [pictures[index] for index in indices]
        errors = [each for each in found if isinstance(each, PermanentError)]
        if errors:
            medians[frames] = errors[0]
            continue
        median = median_picture([each for each in found if isinstance(each, YuvPicture)])
        medians[frames] = median.to_rgb()
    return medians
