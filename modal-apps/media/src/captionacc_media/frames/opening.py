"""Opens the file of a video and chooses its video stream.

Uploads are not trusted. Only self-contained container formats are opened, so that a playlist with
the name ``video.mp4`` cannot make the demuxer read other files or addresses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from captionacc_contracts.errors import ErrorCode, PermanentError

from captionacc_media.frames.times.stream_clock import TICKS_PER_SECOND

MAX_PIXELS = 8192 * 4608
"""Largest picture that is accepted: 8K. Larger ones could exhaust the memory."""
MOST_HOURS = 24
"""Longer videos are refused: nearly always their times are damaged."""

_CONTAINER_FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,nut,ivf,h264,hevc,m4v,mpegvideo,rm,dv,gif"
)
_OPEN_OPTIONS = {"format_whitelist": _CONTAINER_FORMATS, "protocol_whitelist": "file"}
_BARE_STREAMS = {"h264": "H.264", "hevc": "HEVC", "m4v": "MPEG-4", "mpegvideo": "MPEG video"}
"""Formats without a container: only the headers of the stream can state a frame rate."""
_FALLBACK_RATE = Fraction(25)
_HIGHEST_STATED_RATE = 300
"""Cameras record up to 240 pictures per second. Headers with more state the tick of a stream with a
variable frame rate, such as 1000, which does not tell when a picture is shown."""
_CLOCK_MAY_JUMP = 0x0200
"""FFmpeg's flag ``AVFMT_TS_DISCONT`` of a format."""


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """Open the file at ``path``.

    Raises:
        FileNotFoundError: the file does not exist.
        PermanentError: ``video_unreadable`` when the file is not a video.
    """
    if not path.is_file():
        message = f"The file {path} does not exist."
        raise FileNotFoundError(message)
    try:
        # With a relative path, FFmpeg would take a colon in the name for the end of a protocol.
        container = av.open(str(path.absolute()), options=_OPEN_OPTIONS)
    except MemoryError:
        # PyAV reports it as an error of FFmpeg too, but it says nothing about the file.
        raise
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise PermanentError(
            ErrorCode.VIDEO_UNREADABLE,
            "The file cannot be read as a video: it is empty, damaged or not a video. "
            "Upload a video file such as MP4, MOV, MKV or WebM.",
        ) from error
    with container:
        yield container


def video_stream(container: InputContainer) -> VideoStream:
    """The video stream that a player shows.

    Raises:
        PermanentError: ``video_without_pictures`` when there is none, ``video_too_large`` when its
            pictures have too many pixels.
    """
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


def frame_rate(container: InputContainer, stream: VideoStream) -> Fraction:
    """The frame rate that the file states.

    Raises:
        PermanentError: ``video_unreadable`` when the file is a bare stream that states no rate.
    """
    bare = _BARE_STREAMS.get(container.format.name)
    if bare is None:
        return Fraction(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)
    # The demuxer of a bare stream reports 25, whatever the headers say.
    stated = stream.codec_context.framerate
    if not stated or stated > _HIGHEST_STATED_RATE:
        raise PermanentError(
            ErrorCode.VIDEO_UNREADABLE,
            f"The file is a bare {bare} stream that does not state its frame rate. Put it into a "
            "container with the rate at which it was recorded, for example with "
            "'ffmpeg -framerate 25 -i INPUT video.mp4', and upload that file.",
        )
    return Fraction(stated)


def clock_may_jump(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the format has a clock that may start again, jump or wrap: TS and PS."""
    discontinuous = bool(container.format.flags & _CLOCK_MAY_JUMP)
    return discontinuous and stream.time_base == Fraction(1, TICKS_PER_SECOND)


def set_threads(stream: VideoStream, threads: int) -> None:
    """Let the decoder use ``threads`` threads."""
    stream.codec_context.thread_count = threads
    stream.thread_type = "AUTO"
