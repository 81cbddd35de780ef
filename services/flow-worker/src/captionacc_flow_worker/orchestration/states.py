"""States of flow runs that wait to run again, by who asked for it."""

from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Scheduled

RETRIED = "AwaitingRetry"
"""Prefect's Retry button sets this name. Our code never does: it marks a person's request."""

REQUEUED = "Requeued"


def requeued(why: str, at: datetime | None = None) -> State[Any]:
    """A state for a run whose job is back in the queue and may start at ``at``."""
    return Scheduled(name=REQUEUED, scheduled_time=at, message=why)


def retried_since(run: FlowRun, moment: datetime) -> bool:
    """Whether a person set the run to run again at ``moment`` or later.

    The clock of the Prefect server times every state.
    """
    state = run.state
    return state is not None and state.name == RETRIED and state.timestamp >= moment
