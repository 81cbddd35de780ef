"""The times of a video's pictures, read from its packets without decoding."""

from bisect import bisect_right
from dataclasses import dataclass

import av

from captionacc_media.frames.container import VideoSource, demuxed


@dataclass(frozen=True, kw_only=True)
class PacketIndex:
    """Rising presentation times of all pictures and of the keyframes, in ticks of the time base."""

    times: list[int]
    keyframes: list[int]

    def shown_at(self, limit: int) -> int:
        """Time of the last picture at or before ``limit``, or of the first picture of all."""
        return self.times[max(0, bisect_right(self.times, limit) - 1)]

    def keyframes_before(self, time: int) -> list[int]:
        """Times of the keyframes at or before ``time``, nearest first."""
        return self.keyframes[: bisect_right(self.keyframes, time)][::-1]


def packet_index(source: VideoSource) -> PacketIndex | None:
    """Read every packet of ``source`` once.

    Returns:
        None when a time is missing, repeated or runs backwards, when the clock of the file jumps,
        or when the file cannot seek. Such a video must be decoded from its beginning.
    """
    times: list[int] = []
    keyframes: list[int] = []
    previous_dts: int | None = None
    clock = source.new_clock()
    try:
        seek_to_start(source)
        for packet in demuxed(source.container, source.stream, clock):
            if packet.size == 0 or packet.is_discard:
                continue
            pts, dts = packet.pts, packet.dts
            if pts is None or (dts is not None and previous_dts is not None and dts < previous_dts):
                return None
            previous_dts = dts if dts is not None else previous_dts
            times.append(pts)
            if packet.is_keyframe:
                keyframes.append(pts)
    except MemoryError:
        # PyAV reports it as an error of FFmpeg too, but it says nothing about the file.
        raise
    except av.FFmpegError:
        return None
    if clock is not None and clock.is_shifted:
        return None
    times.sort()
    keyframes.sort()
    if not keyframes or len(set(times)) != len(times):
        return None
    return PacketIndex(times=times, keyframes=keyframes)


def seek_to_start(source: VideoSource) -> None:
    """Move the position of the container of ``source`` to the first packet of the file."""
    # Where the clock wraps soon after the start, the demuxer counts the start below zero. A second
    # more covers the decoding times before the first picture.
    start: int | None = source.container.start_time
    source.container.seek(0 if start is None or start >= 0 else start - av.time_base)
