"""What the worker needs from the compute functions and from the priority service."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.work.compute import ComputeCall, ComputeRequest, ComputeResult, Yielded
from captionacc_contracts.work.priority import (
    PriorityPolicy,
    PriorityScore,
    RankCandidate,
    RankedJob,
    ScoreRequest,
)
from captionacc_launching.priority_service import Scores

IsOurs = Callable[[], Awaitable[bool]]
"""Whether the caller still holds the job that a call works for; may raise ``TransientError``."""


async def always_ours() -> bool:
    return True


def not_ours(call: ComputeCall) -> TransientError:
    """The error of a worker that would stop a call which is no longer its own."""
    return TransientError(
        ErrorCode.LEASE_LOST, f"Another worker waits for {call.function} by now, so it goes on."
    )


class Compute(Protocol):
    """Runs the compute functions; a call is keyed by the digest of its request.

    Calls outlive the process that started them: any process that has the call that :meth:`submit`
    returned may wait for its result or cancel it.
    """

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        """Start a call, or find the call of an equal request that runs or has finished.

        Raises:
            TransientError: ``compute_lost`` when the call cannot be started now.
            PermanentError: ``compute_unreachable`` when the credentials are refused.
        """
        ...

    async def result(
        self, call: ComputeCall, deadline_s: float, *, is_ours: IsOurs = always_ours
    ) -> ComputeResult | Yielded:
        """Wait for the result; may be called again, also after an error.

        ``is_ours`` is asked before a late call is stopped: a worker that has lost its job must not
        stop the call that its successor waits for.

        ``Yielded`` names another call that does the same work: wait for that call instead.

        Raises:
            TransientError: ``compute_timeout`` when ``deadline_s`` passed and the call was stopped;
                ``lease_lost`` when ``deadline_s`` passed and the call is no longer ours;
                ``compute_unreachable`` when ``deadline_s`` passed and the call may still run;
                ``compute_lost`` when the call is unknown or died; or an error of the function.
            PermanentError: ``compute_cancelled``; ``compute_unreachable`` when the credentials are
                refused and the call may still run; or an error of the function.
        """
        ...

    async def cancel(self, call: ComputeCall) -> None:
        """Stop the call; does nothing if it has ended or is unknown.

        Raises:
            TransientError, PermanentError: ``compute_unreachable``; the call may still run.
        """
        ...

    async def ping(self) -> None:
        """Return when calls can be started.

        Raises:
            Exception: when they cannot; the message is for operators.
        """
        ...


class RunningCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that runs, the video that it works for and the seconds since its start."""

    call: ComputeCall
    video_id: UUID
    age_s: float


class LocalCalls(Protocol):
    """The calls of this machine, which keeps their output until it is removed.

    Modal lists no calls and removes ended calls itself.
    """

    async def running(self) -> list[RunningCall]:
        """The calls that run now."""
        ...

    async def forget(self, call: ComputeCall) -> None:
        """Remove what is kept of an ended call, so that an equal request is computed anew."""
        ...

    async def forget_old(self, *, older_than_s: float, limit: int) -> int:
        """Forget up to ``limit`` calls that ended over ``older_than_s`` seconds ago.

        Returns their number.
        """
        ...


class Priority(Scores, Protocol):
    """The priority service."""

    async def rank(
        self,
        candidates: Sequence[RankCandidate],
        in_progress: Mapping[UUID, int],
        *,
        now: datetime,
        policy: PriorityPolicy | None,
    ) -> list[RankedJob]:
        """The candidates, best first, at a time and under a policy of the database.

        Raises:
            TransientError: when the service does not answer in time.
        """
        ...

    async def scores(
        self, requests: Sequence[ScoreRequest], *, now: datetime, policy: PriorityPolicy
    ) -> list[PriorityScore]:
        """The scores of many jobs.

        Raises:
            TransientError: when the service does not answer in time.
        """
        ...
