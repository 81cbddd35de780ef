"""What a flow needs while it runs, found through the task it runs in."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_observability.clock import Clock
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, Lease
from captionacc_wasabi.store import ObjectStore
from prefect.client.schemas.objects import State

from captionacc_flow_worker.attempt.failures import RetryPolicy
from captionacc_flow_worker.attempt.stopping import Stop
from captionacc_flow_worker.compute.ports import Compute, Priority
from captionacc_flow_worker.orchestration.engine import InProcessEngine
from captionacc_flow_worker.orchestration.starts import Starts


@dataclass(frozen=True, kw_only=True)
class Services:
    """What every job of a worker shares."""

    database: Database
    store: ObjectStore
    compute: Compute
    priority: Priority
    retry: RetryPolicy
    clock: Clock
    starts: Starts = field(default_factory=Starts)


def _nobody_waits() -> None:
    return None


@dataclass(kw_only=True)
class JobContext:
    """A claimed job.

    ``stage`` names what runs now, ``settled`` says that the row is written, ``outcome`` is the
    state that the flow run is to end in.
    """

    services: Services
    job: Job
    lease: Lease
    stage: str = "start"
    stop: Stop | None = None
    settled: bool = False
    on_settled: Callable[[], None] = field(default=_nobody_waits, repr=False)
    outcome: State[Any] | None = field(default=None, repr=False)
    engine: InProcessEngine | None = field(default=None, repr=False)

    def settle(self) -> None:
        """Say that the row is written: from here on nothing may say that the job failed."""
        self.settled = True
        self.on_settled()


_CURRENT: ContextVar[JobContext] = ContextVar("captionacc_job")


def enter(context: JobContext) -> None:
    """Make ``context`` the one of the current task and of those it starts."""
    _CURRENT.set(context)


def current() -> JobContext:
    """The context of the job that runs in the current task.

    Raises:
        PermanentError: ``internal`` when a flow is run by anything but the flow worker.
    """
    try:
        return _CURRENT.get()
    except LookupError as error:
        raise PermanentError(
            ErrorCode.INTERNAL,
            "This flow runs a job of the jobs table and only inside the flow worker; "
            "start the job through the gateway.",
        ) from error
