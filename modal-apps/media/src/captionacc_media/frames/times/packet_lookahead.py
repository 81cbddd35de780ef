"""Finds out before decoding how long each picture of a stream stays on screen.

Packets come in decoding order, so the packet of the next picture on screen may come earlier or
later than the packet of the current one.
"""

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

LOOKAHEAD = 32
"""Packets read ahead: twice the number of pictures that an H.264 decoder may hold back."""


class TimedPacket(Protocol):
    """A packet that says when its picture is shown."""

    @property
    def pts(self) -> int | None: ...

    @property
    def is_discard(self) -> bool: ...


Packet = TypeVar("Packet", bound=TimedPacket)


def with_next_pts(packets: Iterable[Packet]) -> Iterator[tuple[Packet, int | None]]:
    """Each packet with the presentation time of the next picture on screen, in ticks.

    The time is None where it is not certain: for the last picture, for a packet without a time, and
    for times that are not distinct. It is never earlier than the true time.
    """
    waiting: deque[Packet] = deque()
    passed: deque[int] = deque()
    times: list[int] = []

    def taken(packet: Packet) -> tuple[Packet, int | None]:
        pts = packet.pts
        if pts is None or packet.is_discard:
            return packet, None
        place = bisect_right(times, pts)
        # bisect_right points behind all equal times, so one step back is this packet's own time.
        distinct = place < 2 or times[place - 2] != pts
        following = times[place] if distinct and place < len(times) else None
        passed.append(pts)
        if len(passed) > LOOKAHEAD:
            times.remove(passed.popleft())
        return packet, following

    for packet in packets:
        if packet.pts is not None and not packet.is_discard:
            insort(times, packet.pts)
        waiting.append(packet)
        if len(waiting) > LOOKAHEAD:
            yield taken(waiting.popleft())
    while waiting:
        yield taken(waiting.popleft())
