"""What the worker needs from outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec
from captionacc_contracts.work.compute import (
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    Yielded,
)
from captionacc_contracts.work.priority import (
    RankCandidate,
    RankedJob,
)
from captionacc_launching.priority_service import Scores


class RunningCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that runs, the video that it works for and the seconds since its start."""

    call: ComputeCall
    video_id: UUID
    age_s: float


class Compute(Protocol):
    """Runs the compute functions; a call is keyed by the digest of its request.

    Calls outlive the process that started them: save the answer of :meth:`submit`, and any process
    may wait for it, cancel it or take its result.
    """

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        """Start the call, or find the equal one that runs or has finished here.

        Raises:
            TransientError: ``compute_lost`` when it cannot be started now.
            PermanentError: ``compute_unreachable`` when the credentials are refused.
        """
        ...

    async def result(self, call: ComputeCall, deadline_s: float) -> ComputeResult | Yielded:
        """Wait for the result; may be called again, also after an error.

        ``Yielded`` names the call that does the same work already: wait for that one instead.

        Raises:
            TransientError: ``compute_timeout`` when ``deadline_s`` passed (the call was stopped),
                ``compute_unreachable`` when it passed and the call may run on, ``compute_lost``
                when the call is unknown or died, or the function's own.
            PermanentError: ``compute_cancelled``, ``compute_unreachable`` when the credentials are
                refused (the call may run on), or the function's own.
        """
        ...

    async def cancel(self, call: ComputeCall) -> None:
        """Stop the call; nothing happens when it has ended or is unknown.

        Raises:
            TransientError, PermanentError: ``compute_unreachable``; the call may run on.
        """
        ...

    async def forget(self, call: ComputeCall) -> None:
        """Drop what is kept of an ended call, so that an equal request is computed anew."""
        ...

    async def running(self) -> list[RunningCall]:
        """The calls that run, where this is known: no list of them is to be had from Modal."""
        ...

    async def tidy(self, *, kept_s: float, limit: int) -> int:
        """Drop what is kept of up to ``limit`` calls that ended over ``kept_s`` seconds ago.

        Returns how many.
        """
        ...


class Priority(Scores, Protocol):
    """The priority service."""

    async def rank(
        self, candidates: Sequence[RankCandidate], in_progress: Mapping[UUID, int]
    ) -> list[RankedJob]:
        """Best first. Raises ``TransientError`` when the service does not answer in time."""
        ...
