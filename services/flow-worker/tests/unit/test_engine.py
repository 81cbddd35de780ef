import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from captionacc_flow_worker.orchestration.engine import InProcessEngine, drive
from captionacc_flow_worker.orchestration.stopping import Abandoned
from prefect.client.schemas.objects import State
from prefect.states import Running


class GivenUp:
    """An engine whose flow abandons its job; it keeps the error as ``InProcessEngine`` does."""

    def __init__(self) -> None:
        self.state: State[Any] = Running()
        self._raised: Exception | None = None

    @contextlib.asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        yield

    run_context = start

    def is_running(self) -> bool:
        return True

    async def call_flow_fn(self) -> None:
        self._raised = Abandoned()


async def test_a_flow_that_abandons_its_job_raises_abandoned() -> None:
    # If drive returned a state instead, the worker would take the run for one that failed to start,
    # and a short outage of the database would end the job in an error.
    with pytest.raises(Abandoned):
        await drive(cast(InProcessEngine, GivenUp()))
