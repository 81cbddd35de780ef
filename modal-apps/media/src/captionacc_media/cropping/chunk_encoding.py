"""Encodes the VP9 chunks of a version, in WebM, in one pass over the frames.

Three encoders are open at a time, one per level. Every chunk is checked when it is closed: either
a version is complete and all its time stamps are right, or an error is raised.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorRange
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.chunks import ChunkId, chunk_of, plan
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.manifest import ManifestChunk

from captionacc_media.cropping.crop import YuvPicture
from captionacc_media.frames.colour import Colour

KEYFRAME_EVERY = 8
"""A player that seeks decodes at most this many frames."""

_FRAME_S = Fraction(1, INDICES_PER_SECOND)
_OPTIONS: Mapping[str, str] = {
    "deadline": "realtime",
    # The fastest of libvpx; "cpu-used" ends at 8. It takes a tenth to a sixth less time than 8 for
    # pictures of the same quality: see "VP9 settings" in docs/benchmarks.md.
    "speed": "9",
    "crf": "30",
    "b": "0",
    "lag-in-frames": "0",
    "g": str(KEYFRAME_EVERY),
}


class ChunkEncoder:
    """One open chunk. It shows one frame per tenth of a second, from 0 on."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.frame_count = 0
        self._times: list[Fraction | None] = []
        self._buffer = io.BytesIO()
        # With bitexact and one thread, equal frames give equal bytes and so equal digests when a
        # job is repeated. More threads would not help: a crop has too few rows.
        self._container = av.open(self._buffer, "w", format="webm", options={"fflags": "+bitexact"})
        stream = self._container.add_stream(
            "libvpx-vp9", rate=INDICES_PER_SECOND, options=dict(_OPTIONS)
        )
        if not isinstance(stream, av.VideoStream):
            raise TypeError(stream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = _FRAME_S
        stream.codec_context.thread_count = 1
        stream.codec_context.colorspace = colour.matrix
        stream.codec_context.color_primaries = colour.primaries
        stream.codec_context.color_trc = colour.transfer
        stream.codec_context.color_range = ColorRange.MPEG
        self._stream = stream

    def add(self, picture: YuvPicture) -> None:
        frame = picture.to_frame()
        frame.pts, frame.time_base, frame.duration = self.frame_count, _FRAME_S, 1
        self._mux(self._stream.encode(frame))
        self.frame_count += 1

    def finish(self) -> bytes:
        """Close the chunk and return its bytes.

        Raises:
            PermanentError: ``result_incomplete`` when a frame is missing or has a wrong time.
        """
        self._mux(self._stream.encode())
        self._container.close()
        expected = [number * _FRAME_S for number in range(self.frame_count)]
        if self._times != expected:
            raise PermanentError(
                ErrorCode.RESULT_INCOMPLETE,
                f"An encoded chunk does not have its {self.frame_count} frames at "
                f"{INDICES_PER_SECOND} Hz. Start the job again.",
            )
        return self._buffer.getvalue()

    def discard(self) -> None:
        """Free the encoder of a chunk that is not needed."""
        self._container.close()

    def _mux(self, packets: "Iterable[av.Packet[av.VideoStream]]") -> None:
        for packet in packets:
            # Muxing changes the time base of the packet.
            self._times.append(None if packet.pts is None else packet.pts * packet.time_base)
            self._container.mux(packet)


class ChunkWriter:
    """Writes all chunks of a version below ``directory``, at the paths of the chunk plan."""

    def __init__(
        self,
        directory: Path,
        width: int,
        height: int,
        colour: Colour,
        written: Callable[[ManifestChunk], None],
    ) -> None:
        """``written`` is called for each chunk when its file is complete."""
        self._directory = directory
        self._tell = written
        self._size = width, height
        self._colour = colour
        self._open: dict[int, tuple[ChunkId, ChunkEncoder]] = {}
        self._written: dict[ChunkId, ManifestChunk] = {}
        self._count = 0

    def add(self, index: int, picture: YuvPicture) -> None:
        """Encode the picture of ``index``. Indices start at 0 and rise by 1.

        Raises:
            ValueError: ``index`` is not the next index.
        """
        if index != self._count:
            message = f"Frame {index} was added, but {self._count} is the next index."
            raise ValueError(message)
        chunk = chunk_of(index)
        opened = self._open.get(chunk.level)
        if opened is None or opened[0] != chunk:
            self._close(chunk.level)
            opened = chunk, ChunkEncoder(*self._size, self._colour)
            self._open[chunk.level] = opened
        opened[1].add(picture)
        self._count += 1

    def finish(self) -> list[ManifestChunk]:
        """Close the open chunks and return all chunks in the order of the chunk plan.

        Raises:
            PermanentError: ``result_incomplete`` when the chunks differ from the plan.
        """
        for level in list(self._open):
            self._close(level)
        planned = list(plan(self._count))
        complete = len(planned) == len(self._written) and all(
            chunk.id in self._written and self._written[chunk.id].frame_count == len(chunk.indices)
            for chunk in planned
        )
        if not complete:
            raise PermanentError(
                ErrorCode.RESULT_INCOMPLETE,
                f"Only {len(self._written)} of {len(planned)} chunks were encoded in full. "
                "Start the job again.",
            )
        return [self._written[chunk.id] for chunk in planned]

    def discard(self) -> None:
        """Free the open encoders after a failure; no frame can be added afterwards."""
        for _, encoder in self._open.values():
            encoder.discard()
        self._open.clear()

    def _close(self, level: int) -> None:
        if level not in self._open:
            return
        chunk, encoder = self._open.pop(level)
        data = encoder.finish()
        path = self._directory / chunk.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self._written[chunk] = ManifestChunk(
            path=chunk.path,
            frame_count=encoder.frame_count,
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        self._tell(self._written[chunk])
