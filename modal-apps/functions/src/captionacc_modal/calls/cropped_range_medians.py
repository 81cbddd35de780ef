"""Makes the median pictures of ranges of cropped frames, and fetches each chunk only once."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
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
from captionacc_media.cropping.median import (
    MAX_FRAMES,
    gap_indices,
    median_picture,
    sampled_indices,
)
from captionacc_media.text.from_pictures.letter_ink import grey

from captionacc_modal.bounded_concurrency import map_bounded
from captionacc_modal.call_files import CallFiles
from captionacc_modal.measuring import StageClock
from captionacc_modal.run_ahead import run_ahead

_DECODED_BYTES = 32 * 1024 * 1024
"""Most memory for decoded frames, beside the memory of an engine that reads meanwhile."""

_FETCHES_AT_ONCE = 8
"""Chunks are small, so most of the time of a fetch is waiting for the store."""


@dataclass(frozen=True, kw_only=True)
class RangeMedian:
    """The median picture (H, W, 3) of ``frames``, or the error that prevented it.

    ``gaps`` are grey pictures (H, W) of the gaps before and after the range, as far as there are
    any.
    """

    frames: TrackRange
    outcome: npt.NDArray[np.uint8] | PermanentError
    direction: WritingDirection
    gaps: Sequence[npt.NDArray[np.uint8]] = ()


async def read_manifest(store: CallFiles, prefix: str) -> Manifest:
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
    store: CallFiles,
    prefix: str,
    ranges: Sequence[TrackRange],
    clock: StageClock,
) -> AsyncGenerator[RangeMedian, None]:
    """The median of each distinct range, in the order of the starts.

    The error of a range does not affect the other ranges. The memory does not grow with the number
    of ranges: the chunks of the next ranges are fetched while medians are made. ``clock`` measures
    the stages ``fetch`` and ``median``.

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
    # The gaps are known only when the captions are: a single range says nothing about the others.
    gaps = gap_indices(inside, manifest.frame_count) if len(inside) > 1 else [[] for _ in inside]
    wanted = [
        _Wanted(frames=each, indices=sampled_indices(each), in_gaps=in_gaps)
        for each, in_gaps in zip(inside, gaps, strict=True)
    ]
    groups = [wanted[first : first + together] for first in range(0, len(wanted), together)]
    async with run_ahead(_fetched(_ChunkCache(store, prefix), groups, clock)) as fetched:
        async for group in fetched:
            with clock.stage("median"):
                medians = await asyncio.to_thread(_medians, group, manifest.direction)
            for median in medians:
                yield median


async def _fetched(
    chunks: "_ChunkCache", groups: Sequence[Sequence["_Wanted"]], clock: StageClock
) -> AsyncGenerator["_Fetched", None]:
    for wanted in groups:
        needed = by_chunk(index for each in wanted for index in (*each.indices, *each.in_gaps))
        with clock.stage("fetch"):
            chunks.forget_before(min(chunk.start for chunk in needed))
            await chunks.fetch(needed)
        data = {chunk: chunks.data[chunk] for chunk in needed}
        yield _Fetched(wanted=wanted, needed=needed, data=data)


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """The frame indices that a range needs: inside it, and in the gaps beside it."""

    frames: TrackRange
    indices: list[int]
    in_gaps: list[int]


@dataclass(frozen=True, kw_only=True)
class _Fetched:
    """Ranges whose medians are made together, and the chunks that have their frames."""

    wanted: Sequence[_Wanted]
    needed: Mapping[ChunkId, list[int]]
    data: Mapping[ChunkId, bytes | PermanentError]


class _ChunkCache:
    """Chunks by id.

    Ranges come in the order of their starts, so a chunk that ends before a range is not needed
    again.
    """

    def __init__(self, store: CallFiles, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self.data: dict[ChunkId, bytes | PermanentError] = {}

    def forget_before(self, index: int) -> None:
        for chunk in list(self.data):
            if chunk.start + window(chunk.level) <= index:
                del self.data[chunk]

    async def fetch(self, needed: Mapping[ChunkId, list[int]]) -> None:
        missing = [chunk for chunk in needed if chunk not in self.data]
        fetched = await map_bounded(self._get, missing, at_once=_FETCHES_AT_ONCE)
        self.data.update(zip(missing, fetched, strict=True))

    async def _get(self, chunk: ChunkId) -> bytes | PermanentError:
        try:
            return await self._store.get(object_keys.chunk(self._prefix, chunk))
        except PermanentError as error:
            return error


def _medians(fetched: _Fetched, direction: WritingDirection) -> list[RangeMedian]:
    pictures = _decoded(fetched)
    medians: list[RangeMedian] = []
    for each in fetched.wanted:
        inside = [pictures[index] for index in each.indices]
        beside = [pictures[index] for index in each.in_gaps]
        error = next((found for found in inside if isinstance(found, PermanentError)), None)
        medians.append(
            RangeMedian(
                frames=each.frames,
                outcome=error
                or median_picture(
                    [found for found in inside if isinstance(found, YuvPicture)]
                ).to_rgb(),
                direction=direction,
                gaps=[grey(found.to_rgb()) for found in beside if isinstance(found, YuvPicture)],
            )
        )
    return medians


def _decoded(fetched: _Fetched) -> dict[int, YuvPicture | PermanentError]:
    """The pictures by frame index; a chunk that cannot be read gives its error for each index."""
    pictures: dict[int, YuvPicture | PermanentError] = {}
    for chunk, indices in fetched.needed.items():
        encoded = fetched.data[chunk]
        try:
            if isinstance(encoded, PermanentError):
                raise encoded
            pictures.update(decode_chunk(encoded, indices))
        except PermanentError as error:
            pictures.update(dict.fromkeys(indices, error))
    return pictures
