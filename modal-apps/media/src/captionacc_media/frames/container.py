"""A video file as pictures in presentation order, with times counted from the first picture.

Uploads are hostile until proved otherwise: only self-contained container formats are opened, so
that a playlist named ``video.mp4`` cannot make the demuxer read other files or addresses.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream
from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_media.frames.packet_lookahead import with_next_pts
from captionacc_media.frames.repaired_times import RepairedTimes

MAX_PIXELS = 8192 * 4608

_CONTAINER_FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,nut,ivf,h264,hevc,m4v,mpegvideo,rm,dv"
)
_OPEN_OPTIONS = {"format_whitelist": _CONTAINER_FORMATS, "protocol_whitelist": "file"}
# The bitstreams of these say for certain that nothing refers to a picture. HEVC's say it for one
# temporal layer only.
_SKIPPING_CODECS = frozenset({"h264", "mpeg4", "mpeg2video"})
_FALLBACK_RATE = Fraction(25)


@dataclass(frozen=True, kw_only=True)
class VideoSource:
    """An open video.

    ``container`` and ``stream`` are for seeking; :meth:`frames` opens the file anew and leaves them
    alone. ``width`` and ``height`` are pixels of the displayed picture: rotation is applied, the
    sample aspect ratio is not. ``rotation`` is how many degrees clockwise (0, 90, 180 or 270) the
    stored picture is turned for display. ``duration_seconds`` is what the file says of itself, 0
    when it says nothing.
    """

    path: Path
    container: InputContainer
    stream: VideoStream
    first_pts: int
    time_base: Fraction
    frame_duration_s: Fraction
    rotation: int
    width: int
    height: int
    codec: str
    sample_aspect_ratio: Fraction
    duration_seconds: float
    threads: int

    def frames(
        self, is_wanted: Callable[[Fraction, Fraction], bool] | None = None
    ) -> Iterator[av.VideoFrame]:
        """Every picture in presentation order, with a ``pts`` that never runs backwards.

        A picture for whose seconds on screen, from and to, ``is_wanted`` is false may be left out;
        it is when no other picture refers to it, so the others are the same bit for bit. Only where
        a picture is damaged may one be missed that would have stood on screen in its place.

        Missing and broken times are repaired as :class:`RepairedTimes` says. What cannot be decoded
        is left out, and a broken tail ends the video.
        """
        with _container(self.path) as container:
            stream = _video_stream(container)
            _set_threads(stream, self.threads)
            time_of = RepairedTimes(int(self.frame_duration_s / self.time_base))
            skip = None if is_wanted is None else _Skip(self, stream, is_wanted)
            for frame in decoded(container, stream, skip):
                frame.pts = time_of(frame.pts, frame.dts)
                frame.time_base = self.time_base
                yield frame

    def presentation_s(self, frame: av.VideoFrame) -> Fraction:
        """Presentation time of ``frame`` in seconds from the first picture's.

        Raises:
            ValueError: when the frame carries no time; those of :meth:`frames` always do.
        """
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None:
            message = "The frame carries no presentation time."
            raise ValueError(message)
        return (pts - self.first_pts) * self.time_base

    def end_s(self, frame: av.VideoFrame) -> Fraction:
        """When ``frame`` ends, by its own duration or else the stream's frame rate."""
        duration = frame.duration * self.time_base if frame.duration else self.frame_duration_s
        return self.presentation_s(frame) + duration


@contextmanager
def open_video(path: Path, *, threads: int = 1) -> Iterator[VideoSource]:
    """Open a video with ``threads`` decoder threads and prove that a picture decodes.

    Raises:
        FileNotFoundError: there is no file.
        PermanentError: ``video_unreadable`` when the file is no video, ``video_without_pictures``
            when it holds none that decodes, ``video_too_large`` when a picture has too many pixels.
    """
    # Some formats cannot seek back, so the first picture is read from a container of its own.
    with _container(path) as container:
        first = next(decoded(container, _video_stream(container)), None)
    if first is None:
        raise PermanentError(
            ErrorCode.VIDEO_WITHOUT_PICTURES,
            "The file has a video stream, but no picture in it can be decoded. "
            "Export the video again, for example as MP4 with H.264.",
        )
    with _container(path) as container:
        stream = _video_stream(container)
        _set_threads(stream, threads)
        rotation = _rotation(first)
        width, height = first.width, first.height
        if rotation in (90, 270):
            width, height = height, width
        time_base = Fraction(stream.time_base or first.time_base or Fraction(1, 90_000))
        pts = first.pts if first.pts is not None else first.dts
        rate = stream.average_rate or stream.guessed_rate or _FALLBACK_RATE
        yield VideoSource(
            path=path,
            container=container,
            stream=stream,
            first_pts=pts or 0,
            time_base=time_base,
            frame_duration_s=1 / Fraction(rate),
            rotation=rotation,
            width=width,
            height=height,
            codec=stream.codec_context.codec.canonical_name,
            sample_aspect_ratio=Fraction(stream.sample_aspect_ratio or 1),
            duration_seconds=_duration_seconds(container, stream),
            threads=threads,
        )


def upright(array: npt.NDArray[np.uint8], rotation: int) -> npt.NDArray[np.uint8]:
    """The stored picture turned ``rotation`` degrees clockwise; a view, no copy."""
    return np.rot90(array, k=-(rotation // 90) % 4, axes=(0, 1))


class _Skip:
    """Tells the decoder, packet by packet, to leave out what is neither wanted nor referred to."""

    def __init__(
        self,
        source: VideoSource,
        stream: VideoStream,
        is_wanted: Callable[[Fraction, Fraction], bool],
    ) -> None:
        self._source = source
        self._codec = stream.codec_context
        self._is_wanted = is_wanted

    def __call__(
        self, packets: Iterator["av.Packet[VideoStream]"]
    ) -> Iterator["av.Packet[VideoStream]"]:
        if self._source.codec not in _SKIPPING_CODECS:
            yield from packets
            return
        for packet, next_pts in with_next_pts(packets):
            wanted = (
                packet.pts is None
                or next_pts is None
                or self._is_wanted(self._seconds(packet.pts), self._seconds(next_pts))
            )
            self._codec.skip_frame = "DEFAULT" if wanted else "NONREF"
            yield packet

    def _seconds(self, pts: int) -> Fraction:
        return (pts - self._source.first_pts) * self._source.time_base


def decoded(
    container: InputContainer, stream: VideoStream, skip: _Skip | None = None
) -> Iterator[av.VideoFrame]:
    """Pictures from where the container stands, leaving out what cannot be decoded."""
    try:
        packets = container.demux(stream)
        for packet in packets if skip is None else skip(packets):
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue
    except av.FFmpegError:
        return


@contextmanager
def _container(path: Path) -> Iterator[InputContainer]:
    if not path.is_file():
        message = f"There is no file {path}."
        raise FileNotFoundError(message)
    try:
        # An absolute path, or a colon in the name would be taken for the end of a protocol's.
        container = av.open(str(path.absolute()), options=_OPEN_OPTIONS)
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise PermanentError(
            ErrorCode.VIDEO_UNREADABLE,
            "The file cannot be read as a video: it is empty, damaged or of another kind. "
            "Upload a video file such as MP4, MOV, MKV or WebM.",
        ) from error
    with container:
        yield container


def _video_stream(container: InputContainer) -> VideoStream:
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        raise PermanentError(
            ErrorCode.VIDEO_WITHOUT_PICTURES,
            "The file has no video stream, only sound or other data. Upload a file with a picture.",
        )
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in streams else streams[0]
    if stream.width * stream.height > MAX_PIXELS:
        raise PermanentError(
            ErrorCode.VIDEO_TOO_LARGE,
            f"The picture has {stream.width}x{stream.height} pixels, more than the "
            f"{MAX_PIXELS} that are accepted. Scale the video down.",
        )
    return stream


def _set_threads(stream: VideoStream, threads: int) -> None:
    stream.codec_context.thread_count = threads
    stream.thread_type = "AUTO"


def _rotation(frame: av.VideoFrame) -> int:
    # The library counts anticlockwise and may give any angle; displays turn by quarters.
    return round(-frame.rotation / 90) * 90 % 360


def _duration_seconds(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0
