"""States of flow runs: what a run shows of its job, and who asked for a run to run again."""

from datetime import datetime
from typing import Any

from captionacc_contracts.work.states import JobState
from captionacc_supabase.rows import Job
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Cancelled, Completed, Failed, Scheduled

RETRIED = "AwaitingRetry"
"""Prefect's Retry button sets this name. Our code never does: it marks a person's request."""

REQUEUED = "Requeued"


def requeued(why: str, at: datetime | None = None) -> State[Any]:
    """The state of a run whose job is back in the queue and may start at ``at``."""
    return Scheduled(name=REQUEUED, scheduled_time=at, message=why)


def retried_since(run: FlowRun, moment: datetime) -> bool:
    """Whether a person set the run to run again at ``moment`` or later.

    The clock of the Prefect server times every state.
    """
    state = run.state
    return state is not None and state.name == RETRIED and state.timestamp >= moment


def state_of(job: Job, why: str) -> State[Any] | None:
    """The state that the job's run should be in; ``None`` while the job runs: its worker reports.

    The state's message is ``why``, or the job's error if the job failed.
    """
    match job.state:
        case JobState.QUEUED:
            return requeued(why)
        case JobState.RUNNING:
            return None
        case JobState.DONE:
            return Completed(message=why)
        case JobState.ERROR:
            message = why if job.error is None else f"{job.error.stage}: {job.error.message}"
            return Failed(message=message)
        case JobState.CANCELLED:
            return Cancelled(message=why)
