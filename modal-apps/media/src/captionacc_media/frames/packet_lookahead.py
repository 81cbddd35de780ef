"""How long each picture of a stream stays on screen, known before it is decoded.

Packets come in decoding order; the picture that follows one on screen may come sooner or later.
"""

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

LOOKAHEAD = 32
"""Twice the most pictures that H.264 lets a decoder hold back."""


class TimedPacket(Protocol):
    """The part of a packet that says when its picture is shown."""

    @property
    def pts(self) -> int | None: ...

    @property
    def is_discard(self) -> bool: ...


Packet = TypeVar("Packet", bound=TimedPacket)


def with_next_pts(packets: Iterable[Packet]) -> Iterator[tuple[Packet, int | None]]:
    """Each packet with the presentation time of the picture that replaces its own.

    None where that is not known for certain: the last picture, a packet without a time, or times
    that are not distinct. A time that is given is never earlier than the true one.
    """
    waiting: deque[Packet] = deque()
    passed: deque[int] = deque()
    times: list[int] = []

    def taken(packet: Packet) -> tuple[Packet, int | None]:
        pts = packet.pts
        if pts is None or packet.is_discard:
            return packet, None
        place = bisect_right(times, pts)
        # bisect_right stands after every equal time: one step back is our own.
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
