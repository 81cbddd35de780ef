"""What goes wrong with the next answers, told by a test, method by method."""

import asyncio
from collections import defaultdict, deque
from enum import Enum, auto

from grpclib.const import Status
from grpclib.exceptions import GRPCError


class Answer(Enum):
    """What becomes of an answer that was worked out."""

    SENT = auto()
    LOST = auto()


class Faults:
    """Each request of a method takes the next fault that was set for that method, if any."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Status | Answer | asyncio.Event]] = defaultdict(deque)
        self._outage: Status | None = None

    def refuse(self, method: str, status: Status, *, times: int = 1) -> None:
        """Answer with an error, and do nothing."""
        self._next[method].extend([status] * times)

    def lose_answers(self, method: str, *, times: int = 1) -> None:
        """Do what was asked, then break the stream before the answer."""
        self._next[method].extend([Answer.LOST] * times)

    def hang(self, method: str, *, times: int = 1) -> asyncio.Event:
        """Do nothing and answer nothing until the event that this returns is set."""
        release = asyncio.Event()
        self._next[method].extend([release] * times)
        return release

    def begin_outage(self, status: Status = Status.UNAVAILABLE) -> None:
        """Refuse every request of any method from now on."""
        self._outage = status

    def end_outage(self) -> None:
        self._outage = None

    async def meet(self, method: str) -> Answer:
        """Suffer what is set for this request; says whether its answer gets through.

        Raises:
            GRPCError: for a refusal.
        """
        if self._outage is not None:
            raise GRPCError(self._outage, "outage")
        waiting = self._next[method]
        fault = waiting.popleft() if waiting else Answer.SENT
        if isinstance(fault, Status):
            raise GRPCError(fault, "refused")
        if isinstance(fault, asyncio.Event):
            await fault.wait()
            return Answer.SENT
        return fault
