import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from captionacc_flow_worker.orchestration.engine import InProcessEngine, drive
from captionacc_flow_worker.orchestration.stopping import Abandoned
from prefect.client.schemas.objects import State
from prefect.states import Running


class GivenUp:
    """An engine whose flow gives its job up, as ``InProcessEngine`` keeps it."""

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


async def test_a_flow_that_gave_its_job_up_is_no_flow_that_did_not_start() -> None:
    # Taken for one, its job would end in error: a database away for a moment would do.
    with pytest.raises(Abandoned):
        await drive(cast(InProcessEngine, GivenUp()))
