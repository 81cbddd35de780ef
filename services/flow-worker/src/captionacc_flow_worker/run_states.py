"""States of flow runs that wait to run again, by who wants it."""

from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Scheduled

RETRIED = "AwaitingRetry"
"""What the Retry button of Prefect's UI calls them. Nothing of ours may: it is a person's wish."""

REQUEUED = "Requeued"


def requeued(why: str, at: datetime | None = None) -> State[Any]:
    """The run waits for its job, which is in the queue, and at ``at`` at the earliest."""
    return Scheduled(name=REQUEUED, scheduled_time=at, message=why)
