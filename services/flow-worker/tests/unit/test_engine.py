import asyncio
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


class Slow:
    """An engine that waits for a server: for good when it starts or ends, or for its flow."""

    def __init__(self, *, hangs_at: str = "", flow_s: float = 0.0) -> None:
        self.state: State[Any] = Running()
        self._raised: Exception | None = None
        self._hangs_at = hangs_at
        self._flow_s = flow_s
        self._running = True

    @contextlib.asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        await self._wait("start")
        yield
        await self._wait("end")

    @contextlib.asynccontextmanager
    async def run_context(self) -> AsyncIterator[None]:
        yield

    def is_running(self) -> bool:
        return self._running

    async def call_flow_fn(self) -> None:
        await asyncio.sleep(self._flow_s)
        self._running = False

    async def _wait(self, place: str) -> None:
        if place == self._hangs_at:
            await asyncio.Event().wait()


@pytest.mark.parametrize("place", ["start", "end"])
async def test_a_server_that_hangs_does_not_hold_a_run_for_good(place: str) -> None:
    engine = cast(InProcessEngine, Slow(hangs_at=place))

    with pytest.raises(TimeoutError):
        await drive(engine, starts_within_s=0.05, ends_within_s=0.05)


async def test_a_flow_may_last_longer_than_the_limits() -> None:
    engine = cast(InProcessEngine, Slow(flow_s=0.2))

    state = await drive(engine, starts_within_s=0.05, ends_within_s=5)

    assert state.is_running()
