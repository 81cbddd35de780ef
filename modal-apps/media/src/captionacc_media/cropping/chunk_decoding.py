"""Decodes frames by index from encoded chunks."""

import io
from collections.abc import Collection, Iterable, Iterator

import av
from av.container import InputContainer
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.chunks import ChunkId, chunk_of, position_of

from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.frames.luma import plane_pixels


def by_chunk(indices: Iterable[int]) -> dict[ChunkId, list[int]]:
    """Group ``indices`` by the chunk that contains them; the indices of a chunk rise."""
    chunks: dict[ChunkId, list[int]] = {}
    for index in sorted(set(indices)):
        chunks.setdefault(chunk_of(index), []).append(index)
    return chunks


def decode_chunk(data: bytes, indices: Collection[int]) -> dict[int, YuvPicture]:
    """Decode the pictures of ``indices`` from one chunk, and those that they refer to.

    Args:
        data: the bytes of the chunk.
        indices: frame indices; all are in this chunk.

    Raises:
        PermanentError: ``result_incomplete`` when the chunk is damaged or ends too early.
    """
    return {index: _picture(frame) for index, frame in chunk_frames(data, indices)}


def chunk_frames(data: bytes, indices: Collection[int]) -> Iterator[tuple[int, av.VideoFrame]]:
    """The decoded frames of ``indices`` with their indices; see :func:`decode_chunk`."""
    wanted = {position_of(index): index for index in indices}
    if not wanted:
        return
    missing = set(indices)
    try:
        with av.open(io.BytesIO(data), "r", format="matroska") as container:
            for position, frame in _decoded(container, wanted):
                if position in wanted:
                    missing.discard(wanted[position])
                    yield wanted[position], frame
    except MemoryError:
        # PyAV reports it as an error of FFmpeg too, but it says nothing about the chunk.
        raise
    except (av.FFmpegError, IndexError) as error:
        raise PermanentError(
            ErrorCode.RESULT_INCOMPLETE,
            "A chunk of cropped frames is damaged. "
            "Approve the crop region again to make new chunks.",
        ) from error
    if missing:
        raise PermanentError(
            ErrorCode.RESULT_INCOMPLETE,
            f"A chunk of cropped frames ends before frame {min(missing)}. "
            "Approve the crop region again to make new chunks.",
        )


def _decoded(
    container: InputContainer, wanted: Collection[int]
) -> Iterator[tuple[int, av.VideoFrame]]:
    """The pictures at the positions ``wanted``, and those between their key frames and them."""
    stream = container.streams.video[0]
    # A chunk is too small for several threads, and its packets hold one picture each.
    stream.codec_context.thread_count = 1
    last = max(wanted)
    since_key: list[tuple[int, av.Packet[av.VideoStream]]] = []
    for position, packet in enumerate(container.demux(stream)):
        if packet.is_keyframe:
            since_key.clear()
        since_key.append((position, packet))
        if position in wanted:
            for at, needed in since_key:
                for frame in needed.decode():
                    yield at, frame
            since_key.clear()
        if position == last:
            return


def _picture(frame: av.VideoFrame) -> YuvPicture:
    luma, u, v = (plane_pixels(frame, number).copy() for number in range(3))
    return YuvPicture(luma=luma, u=u, v=v)
