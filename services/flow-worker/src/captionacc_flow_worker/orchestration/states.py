"""States of flow runs that wait to run again, by who wants it."""

from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Scheduled

RETRIED = "AwaitingRetry"
"""What the Retry button of Prefect's UI calls them. Nothing of ours may: it is a person's wish."""

REQUEUED = "Requeued"


def requeued(why: str, at: datetime | None = None) -> State[Any]:
    """The run waits for its job, which is in the queue, and at ``at`` at the earliest."""
    return Scheduled(name=REQUEUED, scheduled_time=at, message=why)


def retried_since(run: FlowRun, moment: datetime) -> bool:
    """Whether a person set the run to run again at ``moment`` or later.

    States are timed by the Prefect server, whoever sets them.
    """
    state = run.state
    return state is not None and state.name == RETRIED and state.timestamp >= moment
