"""Times that go on where the clock of a transport or program stream starts again, jumps or wraps.

A recorder may cut a recording, join two of them or run past the end of the clock, which has 33 bits
and wraps after 26.5 hours. Players then go on counting. The rules are those of the ``ffmpeg``
command for such formats (``ts_discontinuity_process``).
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import av
from av.stream import Stream

TICKS_PER_SECOND = 90_000
"""The clock of MPEG transport and program streams."""
_WRAP = 1 << 33
_LONGEST_GAP = 10 * TICKS_PER_SECOND
"""A longer step forward is a jump of the clock; the ``dts_delta_threshold`` of ``ffmpeg``."""
_LONGEST_STEP_BACK = TICKS_PER_SECOND // 10
"""A longer step back is a restart of the clock; also the limit of ``ffmpeg``."""


def nearest(difference: int) -> int:
    """The smallest difference between two times that equals ``difference`` across wraps."""
    return (difference + _WRAP // 2) % _WRAP - _WRAP // 2


StreamT = TypeVar("StreamT", bound=Stream)


class StreamClock:
    """Gives the continuous times of one stream's packets; call it per packet, in file order.

    All times are in ticks. The times of the first packet are kept.
    """

    def __init__(self, step: int) -> None:
        """``step`` is the time between two pictures, until two packets have shown it."""
        self._step = step
        self._offset = 0
        self._previous: int | None = None
        self._heard: int | None = None
        self._heard_since = 0
        self.is_shifted = False

    def hear(self, dts: int | None) -> None:
        """Note the time of a packet of another stream; it tells a gap of this stream from a jump.

        Where sound goes on while pictures are missing, the last picture stays on screen.
        """
        if dts is None:
            return
        if self._heard is not None:
            moved = nearest(dts - self._heard)
            if 0 < moved <= _LONGEST_GAP:
                self._heard_since += moved
        self._heard = dts

    def __call__(self, pts: int | None, dts: int | None) -> tuple[int | None, int | None]:
        """The continuous presentation and decoding time of the next packet."""
        if dts is None:
            return (None if pts is None else pts + self._offset), None
        time = dts if self._previous is None else self._previous + self._moved(dts, self._previous)
        self._offset = time - dts
        self.is_shifted |= self._offset != 0
        self._previous = time
        self._heard_since = 0
        return (None if pts is None else time + nearest(pts - dts)), time

    def _moved(self, dts: int, previous: int) -> int:
        """Ticks from the previous packet, at ``previous``, to the packet at ``dts``."""
        moved = nearest(dts + self._offset - previous)
        is_jump = moved > _LONGEST_GAP and self._heard_since < moved - _LONGEST_GAP
        if is_jump or moved < -_LONGEST_STEP_BACK:
            return self._step
        if 0 < moved <= TICKS_PER_SECOND:
            # Durations of packets are guesses of the demuxer, and may be half of the truth.
            self._step = moved
        return moved


def continuous(
    packets: Iterable["av.Packet[Any]"], stream: StreamT, clock: StreamClock
) -> Iterator["av.Packet[StreamT]"]:
    """The packets of ``stream`` out of ``packets``, with continuous times."""
    for packet in packets:
        if packet.stream_index != stream.index:
            clock.hear(packet.dts)
            continue
        if packet.size:
            packet.pts, packet.dts = clock(packet.pts, packet.dts)
        yield packet
