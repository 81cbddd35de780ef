"""The state of one attempt, which the job's flow finds through the task that it runs in."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.compute import ComputeCall, ComputeResult
from captionacc_supabase.rows import Job, Lease
from prefect.client.schemas.objects import State

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.orchestration.shown.account import Account
from captionacc_flow_worker.orchestration.stopping import Stop, StopRequest


def _nothing() -> None:
    return None


class JobContext:
    """What the steps of an attempt need, and how far the attempt has come.

    Each property changes through one method.
    """

    def __init__(
        self,
        *,
        services: Services,
        job: Job,
        lease: Lease,
        on_settled: Callable[[], None] = _nothing,
    ) -> None:
        self.services = services
        self.lease = lease
        self.stop_request = StopRequest()
        # On the clock of the event loop, which no change of the time of day moves.
        self.began_at = asyncio.get_running_loop().time()
        self.account = Account(job)
        self._job = job
        self._stage = "start"
        self._settled = False
        self._on_settled = on_settled
        self.when_begun: Callable[[], None] = _nothing
        """Called when the steps begin."""
        self.when_ended: Callable[[], None] = _nothing
        """Called when the steps have ended and the outcome is known."""
        self._outcome: State[Any] | None = None
        self._result: ComputeResult | None = None
        self._computed = False

    @property
    def job(self) -> Job:
        """The job's row as this attempt last read or wrote it."""
        return self._job

    @property
    def stage(self) -> str:
        """The name of the current stage, which error reports include."""
        return self._stage

    @property
    def stop(self) -> Stop | None:
        """Why the attempt is to stop; ``None`` while it may go on."""
        return self.stop_request.reason

    @property
    def settled(self) -> bool:
        """Whether the end of the attempt is written to the row."""
        return self._settled

    @property
    def outcome(self) -> State[Any] | None:
        """The state in which the run ends; ``None`` until the flow's body has settled the job."""
        return self._outcome

    @property
    def result(self) -> ComputeResult | None:
        """The result of the attempt's call, once there is one."""
        return self._result

    @property
    def computed(self) -> bool:
        """Whether the result came from a call that ran during this attempt."""
        return self._computed

    def obtain(self, result: ComputeResult, *, computed: bool) -> None:
        self._result, self._computed = result, computed

    def enter_stage(self, name: str) -> None:
        self._stage = name
        self.account.enter(name)

    def settle(self) -> None:
        """Note that the row is written; from now on, no error may fail the job."""
        self._settled = True
        self._on_settled()

    def end_in(self, outcome: State[Any]) -> None:
        self._outcome = outcome
        self.when_ended()

    async def holds_lease(self) -> bool:
        """Whether this worker still holds the job.

        Raises:
            TransientError: ``database_unavailable``: nobody knows.
        """
        async with self.services.database.transaction() as session:
            return await session.jobs.is_held(self.lease)

    async def reload(self) -> None:
        """Read the row again."""
        async with self.services.database.autocommit() as session:
            self._job = await session.jobs.get(self._job.id) or self._job
        self.account.run_id = self._job.flow_run_id

    async def save_flow_run(self, run_id: UUID) -> None:
        """Write the id of the flow run to the row, in place of a run that was deleted."""
        async with self.services.database.transaction() as session:
            await session.jobs.replace_flow_run(self._job, run_id)
        self._job = msgspec.structs.replace(self._job, flow_run_id=run_id)
        self.account.run_id = run_id

    async def save_compute_call(self, call: ComputeCall | None) -> None:
        """Write the compute call to the row, so that a restarted attempt attaches to it.

        Raises:
            TransientError: ``lease_lost``.
        """
        async with self.services.database.transaction() as session:
            await session.jobs.set_compute_call(self.lease, call)
        self._job = msgspec.structs.replace(self._job, compute_call=call)


_CURRENT: ContextVar[JobContext] = ContextVar("captionacc_job")


def enter(context: JobContext) -> None:
    """Make ``context`` the context of the current task and of the tasks that it starts."""
    _CURRENT.set(context)


def current() -> JobContext:
    """The context of the job that runs in the current task.

    Raises:
        PermanentError: ``internal`` when something other than the flow worker runs the flow.
    """
    try:
        return _CURRENT.get()
    except LookupError as error:
        raise PermanentError(
            ErrorCode.INTERNAL,
            "This flow runs a job of the jobs table, and only inside the flow worker; "
            "start the job through the gateway.",
        ) from error
