"""Opens a video file and gives its pictures in presentation order.

Uploads are not trusted. Only self-contained container formats are opened, so that a playlist with
the name ``video.mp4`` cannot make the demuxer read other files or addresses.
"""

from collections.abc import Callable, Iterable, Iterator
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
"""Largest picture that is accepted: 8K. Larger ones could exhaust the memory."""

_CONTAINER_FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,nut,ivf,h264,hevc,m4v,mpegvideo,rm,dv"
)
_OPEN_OPTIONS = {"format_whitelist": _CONTAINER_FORMATS, "protocol_whitelist": "file"}
# In these codecs the bitstream says reliably whether other pictures refer to a picture. HEVC says
# it for one temporal layer only.
_SKIPPING_CODECS = frozenset({"h264", "mpeg4", "mpeg2video"})
_FALLBACK_RATE = Fraction(25)


@dataclass(frozen=True, kw_only=True)
class VideoSource:
    """An open video.

    Attributes:
        path: the file.
        container: for seeking; :meth:`frames` opens the file again and does not use it.
        stream: the video stream of ``container``.
        first_pts: presentation time of the first picture, in ticks of ``time_base``.
        time_base: seconds per tick.
        frame_duration_s: from the frame rate that the file states.
        rotation: degrees clockwise (0, 90, 180 or 270) from the stored to the displayed picture.
        width: pixels of the displayed picture, with rotation and without the sample aspect ratio.
        height: like ``width``.
        codec: canonical name, such as ``h264``.
        sample_aspect_ratio: width over height of one pixel.
        duration_seconds: what the file states, or 0 when it states nothing.
        threads: decoder threads.
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
        """Decode the video; the ``pts`` of the pictures never runs backwards.

        Missing and broken times are repaired; see :class:`RepairedTimes`. Pictures that cannot be
        decoded are left out, and a broken tail ends the video.

        Args:
            is_wanted: gets the seconds from and to which a picture is on screen. A picture is left
                out when the result is false and no other picture refers to it, so the remaining
                pictures are equal bit for bit. Only near a damaged picture may this leave out one
                that would have been on screen instead.

        Returns:
            Pictures in presentation order.
        """
        with _container(self.path) as container:
            stream = _video_stream(container)
            _set_threads(stream, self.threads)
            time_of = RepairedTimes(int(self.frame_duration_s / self.time_base))
            skip = None if is_wanted is None else _Skip(self, stream, is_wanted)
            packets = container.demux(stream)
            for frame in decoded(packets if skip is None else skip(packets)):
                frame.pts = time_of(frame.pts, frame.dts)
                frame.time_base = self.time_base
                yield frame

    def presentation_s(self, frame: av.VideoFrame) -> Fraction:
        """Presentation time of ``frame`` in seconds from that of the first picture.

        Raises:
            ValueError: the frame has no time. Frames from :meth:`frames` always have one.
        """
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None:
            message = "The frame has no presentation time. Take frames from VideoSource.frames()."
            raise ValueError(message)
        return (pts - self.first_pts) * self.time_base

    def end_s(self, frame: av.VideoFrame) -> Fraction:
        """When ``frame`` ends, in seconds, by its own duration or else by the frame rate."""
        duration = frame.duration * self.time_base if frame.duration else self.frame_duration_s
        return self.presentation_s(frame) + duration


@contextmanager
def open_video(path: Path, *, threads: int = 1) -> Iterator[VideoSource]:
    """Open a video and check that its first picture decodes.

    Args:
        path: the file.
        threads: decoder threads.

    Raises:
        FileNotFoundError: the file does not exist.
        PermanentError: ``video_unreadable`` when the file is not a video,
            ``video_without_pictures`` when no picture can be decoded, ``video_too_large`` when a
            picture has too many pixels.
    """
    # Some formats cannot seek back, so the first picture is read from another container.
    with _container(path) as container:
        first = next(decoded(container.demux(_video_stream(container))), None)
    if first is None:
        raise PermanentError(
            ErrorCode.VIDEO_WITHOUT_PICTURES,
            "The file has a video stream, but none of its pictures can be decoded. "
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
    """The stored picture turned ``rotation`` degrees clockwise, as a view."""
    return np.rot90(array, k=-(rotation // 90) % 4, axes=(0, 1))


class _Skip:
    """Tells the decoder per packet to skip a picture that is neither wanted nor referred to."""

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


def decoded(packets: Iterable["av.Packet[VideoStream]"]) -> Iterator[av.VideoFrame]:
    """Decode packets. Pictures that cannot be decoded are left out; a read error ends them."""
    try:
        for packet in packets:
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue
    except av.FFmpegError:
        return


@contextmanager
def _container(path: Path) -> Iterator[InputContainer]:
    if not path.is_file():
        message = f"The file {path} does not exist."
        raise FileNotFoundError(message)
    try:
        # With a relative path, FFmpeg would take a colon in the name for the end of a protocol.
        container = av.open(str(path.absolute()), options=_OPEN_OPTIONS)
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise PermanentError(
            ErrorCode.VIDEO_UNREADABLE,
            "The file cannot be read as a video: it is empty, damaged or not a video. "
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
            "The file has no video stream, only sound or other data. Upload a file with pictures.",
        )
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in streams else streams[0]
    if stream.width * stream.height > MAX_PIXELS:
        raise PermanentError(
            ErrorCode.VIDEO_TOO_LARGE,
            f"The picture has {stream.width}x{stream.height} pixels; at most {MAX_PIXELS} are "
            "accepted. Scale the video down.",
        )
    return stream


def _set_threads(stream: VideoStream, threads: int) -> None:
    stream.codec_context.thread_count = threads
    stream.thread_type = "AUTO"


def _rotation(frame: av.VideoFrame) -> int:
    # The library counts anticlockwise and may give any angle; players turn by quarters.
    return round(-frame.rotation / 90) * 90 % 360


def _duration_seconds(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0
