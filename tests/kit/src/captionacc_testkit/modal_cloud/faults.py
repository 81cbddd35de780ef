"""Faults that a test sets for the next answers of a method."""

import asyncio
from collections import defaultdict, deque
from enum import Enum, auto

from grpclib.const import Status
from grpclib.exceptions import GRPCError


class Answer(Enum):
    """What happens to an answer that is ready."""

    SENT = auto()
    LOST = auto()


class Faults:
    """Each request of a method meets the next fault that was set for that method, if any."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Status | Answer | asyncio.Event]] = defaultdict(deque)
        self._outage: Status | None = None

    def refuse(self, method: str, status: Status, *, times: int = 1) -> None:
        """Answer with an error without performing the request."""
        self._next[method].extend([status] * times)

    def lose_answers(self, method: str, *, times: int = 1) -> None:
        """Perform the request, then break the stream before the answer."""
        self._next[method].extend([Answer.LOST] * times)

    def hang(self, method: str, *, times: int = 1) -> asyncio.Event:
        """Do not act or answer until the returned event is set."""
        release = asyncio.Event()
        self._next[method].extend([release] * times)
        return release

    def begin_outage(self, status: Status = Status.UNAVAILABLE) -> None:
        """Refuse every request from now on."""
        self._outage = status

    def end_outage(self) -> None:
        self._outage = None

    async def meet(self, method: str) -> Answer:
        """Apply the fault that is set for this request; return what happens to its answer.

        Raises:
            GRPCError: the fault is a refusal.
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
