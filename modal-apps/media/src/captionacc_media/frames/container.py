"""Gives the pictures of a video in presentation order."""

import math
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

from captionacc_media.frames.display_shape import display_size
from captionacc_media.frames.opening import (
    MAX_PIXELS,
    MOST_HOURS,
    clock_may_jump,
    frame_rate,
    open_container,
    set_threads,
    video_stream,
)
from captionacc_media.frames.times.packet_lookahead import with_next_pts
from captionacc_media.frames.times.repaired_times import RepairedTimes
from captionacc_media.frames.times.stream_clock import TICKS_PER_SECOND, StreamClock, continuous

# In these codecs the bitstream says reliably whether other pictures refer to a picture.
_SKIPPING_CODECS = frozenset({"h264", "mpeg4", "mpeg2video"})
_HEVC_LAYERS = 21
"""Place of the byte with ``numTemporalLayers`` in the record of ISO/IEC 14496-15, 8.3.3."""


@dataclass(frozen=True, kw_only=True)
class VideoSource:
    """An open video.

    Attributes:
        path: the file.
        container: for seeking; :meth:`frames` opens the file again and does not use it.
        stream: the video stream of ``container``.
        first_pts: presentation time of the first picture, in ticks of ``time_base``.
        start_seconds: from the start of the file to the first picture. A file starts where its
            first stream starts; players show that time as 0.
        time_base: seconds per tick.
        frame_duration_s: from the frame rate that the file states.
        rotation: degrees clockwise (0, 90, 180 or 270) from the stored to the displayed picture.
        width: pixels of the displayed picture, with rotation and with square pixels.
        height: like ``width``.
        codec: canonical name, such as ``h264``.
        duration_seconds: what the file states, or 0 when it states nothing or nothing believable.
        threads: decoder threads.
    """

    path: Path
    container: InputContainer
    stream: VideoStream
    first_pts: int
    start_seconds: float
    time_base: Fraction
    frame_duration_s: Fraction
    rotation: int
    width: int
    height: int
    codec: str
    duration_seconds: float
    threads: int

    @property
    def unturned_size(self) -> tuple[int, int]:
        """Width and height of the displayed picture before it is turned."""
        size = self.width, self.height
        return size[::-1] if self.rotation in (90, 270) else size

    def new_clock(self) -> StreamClock | None:
        """A clock for packets read from the start, or None when the format has a steady clock."""
        return _clock(self.container, self.stream, self.frame_duration_s)

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
        with open_container(self.path) as container:
            stream = video_stream(container)
            set_threads(stream, self.threads)
            time_of = RepairedTimes(int(self.frame_duration_s / self.time_base))
            skip = None if is_wanted is None else _Skip(self, stream, is_wanted)
            packets = demuxed(container, stream, self.new_clock())
            for frame in decoded(packets if skip is None else skip(packets)):
                frame.pts = time_of(frame.pts, frame.dts)
                frame.time_base = self.time_base
                yield frame

    def key_frames(self, *, every_s: float) -> Iterator[av.VideoFrame]:
        """Decode key frames that are at least ``every_s`` seconds apart, and no other pictures."""
        with open_container(self.path) as container:
            stream = video_stream(container)
            set_threads(stream, self.threads)
            time_of = RepairedTimes(int(self.frame_duration_s / self.time_base))
            packets = demuxed(container, stream, self.new_clock())
            for frame in decoded(_key_packets(packets, every_s / float(self.time_base))):
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
        PermanentError: ``video_unreadable`` when the file is not a video or does not state a frame
            rate that it needs, ``video_without_pictures`` when no picture can be decoded,
            ``video_too_large`` when a picture has too many pixels.
    """
    # Some formats cannot seek back, so the first picture is read from another container.
    with open_container(path) as container:
        stream = video_stream(container)
        clock = _clock(container, stream, 1 / frame_rate(container, stream))
        first = next(decoded(demuxed(container, stream, clock)), None)
    if first is None:
        raise PermanentError(
            ErrorCode.VIDEO_WITHOUT_PICTURES,
            "The file has a video stream, but none of its pictures can be decoded. "
            "Export the video again, for example as MP4 with H.264.",
        )
    with open_container(path) as container:
        stream = video_stream(container)
        set_threads(stream, threads)
        rotation = _rotation(first)
        width, height = display_size(
            first.width,
            first.height,
            Fraction(stream.sample_aspect_ratio or 1),
            most_pixels=MAX_PIXELS,
        )
        if rotation in (90, 270):
            width, height = height, width
        time_base = Fraction(stream.time_base or first.time_base or Fraction(1, 90_000))
        pts = (first.pts if first.pts is not None else first.dts) or 0
        yield VideoSource(
            path=path,
            container=container,
            stream=stream,
            first_pts=pts,
            start_seconds=_start_seconds(container, pts * time_base),
            time_base=time_base,
            frame_duration_s=1 / frame_rate(container, stream),
            rotation=rotation,
            width=width,
            height=height,
            codec=stream.codec_context.codec.canonical_name,
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
        self._may_skip = source.codec in _SKIPPING_CODECS or _has_one_layer(stream)
        self._codec = stream.codec_context
        self._is_wanted = is_wanted

    def __call__(
        self, packets: Iterator["av.Packet[VideoStream]"]
    ) -> Iterator["av.Packet[VideoStream]"]:
        if not self._may_skip:
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


def _has_one_layer(stream: VideoStream) -> bool:
    """Whether a stream is HEVC with one temporal layer, by its decoder configuration record.

    HEVC says only within a layer whether other pictures refer to a picture. A stream without the
    record, as in a transport stream, does not say how many layers it has.
    """
    record = stream.codec_context.extradata or b""
    return (
        stream.codec_context.codec.canonical_name == "hevc"
        and len(record) > _HEVC_LAYERS
        and record[0] == 1
        and record[_HEVC_LAYERS] >> 3 & 7 == 1
    )


def _key_packets(
    packets: Iterable["av.Packet[VideoStream]"], every: float
) -> Iterator["av.Packet[VideoStream]"]:
    """Packets of key frames at least ``every`` ticks apart, and the empty one that ends them."""
    due = -math.inf
    for packet in packets:
        time = packet.pts if packet.pts is not None else packet.dts
        if packet.size == 0 or (packet.is_keyframe and (time is None or time >= due)):
            yield packet
            due = due if time is None else time + every


def decoded(packets: Iterable["av.Packet[VideoStream]"]) -> Iterator[av.VideoFrame]:
    """Decode packets. Pictures that cannot be decoded are left out; a read error ends them.

    A lack of memory, which PyAV reports as an error of FFmpeg too, says nothing about the file.
    """
    try:
        for packet in packets:
            try:
                yield from packet.decode()
            except MemoryError:
                raise
            except av.FFmpegError:
                continue
    except MemoryError:
        raise
    except av.FFmpegError:
        return


def demuxed(
    container: InputContainer, stream: VideoStream, clock: StreamClock | None
) -> Iterator["av.Packet[VideoStream]"]:
    """The packets of ``stream`` from the position of ``container``, with continuous times."""
    if clock is None:
        return container.demux(stream)
    return continuous(container.demux(stream, *container.streams.audio[:1]), stream, clock)


def _clock(
    container: InputContainer, stream: VideoStream, frame_duration_s: Fraction
) -> StreamClock | None:
    if not clock_may_jump(container, stream):
        return None
    return StreamClock(step=round(frame_duration_s * TICKS_PER_SECOND))


def _start_seconds(container: InputContainer, first_s: Fraction) -> float:
    # A bare stream states no start, whatever the types of the library say.
    start: int | None = container.start_time
    return 0.0 if start is None else max(0.0, float(first_s - Fraction(start, av.time_base)))


def _rotation(frame: av.VideoFrame) -> int:
    # The library counts anticlockwise and may give any angle; players turn by quarters.
    return round(-frame.rotation / 90) * 90 % 360


def _duration_seconds(container: InputContainer, stream: VideoStream) -> float:
    stated = container.duration / av.time_base if container.duration else 0.0
    if stream.duration and stream.time_base:
        stated = float(stream.duration * stream.time_base)
    # A clock that starts again gives a file the length of a wrap of the clock.
    return stated if 0 < stated <= MOST_HOURS * 3600 else 0.0
