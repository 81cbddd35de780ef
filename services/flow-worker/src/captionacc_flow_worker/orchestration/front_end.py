"""Tells the web app the states of flow runs, as a Prefect automation would.

The worker sends them because it alone knows a run's state at once, also while Prefect is away. The
web app only looks at the video again after a message, so a message that is lost costs little.
"""

import asyncio
from collections import deque
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
from captionacc_contracts.work.flows import flow_of
from captionacc_launching.flow_runs import run_parameters
from captionacc_observability.clock import Clock, SystemClock
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter
from captionacc_supabase.rows import Job

log = get_logger(__name__)

TOLD = Counter("captionacc_worker_front_end_messages", "Run states for the web app", ["outcome"])

# The web app shows each other state (Scheduled, Pending, Requeued) as complete, so they stay here.
_STATES = frozenset({"Running", "Completed", "Failed", "Crashed", "Cancelled"})
_REQUEST_LIMIT_S = 5.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
# Later, the person has opened the page again, which shows the present state.
_GIVE_UP_AFTER_S = 120.0
# Bounds memory while the web app is away: some minutes of states of a busy worker.
_MOST = 1000
# Refusals that another try may change.
_TRY_AGAIN = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS})


class RunState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a message."""

    event: str
    flow_run_id: UUID | None
    flow_name: str
    state: str
    timestamp: datetime
    tags: list[str]
    parameters: list[dict[str, str]]


class FrontEnd:
    """Sends each state until the web app accepts it, one after the other, beside all work.

    Args:
        url: Where the web app takes messages; ``None`` turns them off.
        secret: A bearer token for the web app, if it asks for one.
        client: The client that sends the requests.
        clock: Gives the time of a state.
    """

    def __init__(
        self,
        url: str | None,
        secret: str | None,
        client: httpx.AsyncClient,
        clock: Clock | None = None,
    ) -> None:
        self._url = url
        self._headers = {"content-type": "application/json"}
        if secret is not None:
            self._headers["authorization"] = f"Bearer {secret}"
        self._client = client
        self._clock: Clock = clock or SystemClock()
        self._waiting: deque[tuple[float, RunState]] = deque()
        self._added = asyncio.Event()

    def tell(self, job: Job, state: str | None) -> None:
        """Send the state of a job's run soon; never waits and never raises."""
        if self._url is None or state not in _STATES:
            return
        if len(self._waiting) >= _MOST:
            self._waiting.popleft()
            TOLD.labels("dropped").inc()
        message = RunState(
            event=f"prefect.flow-run.{state}",
            flow_run_id=job.flow_run_id,
            flow_name=flow_of(job.kind).value,
            state=state,
            timestamp=self._clock.now(),
            tags=list(job.tags),
            parameters=[run_parameters(job)],
        )
        self._waiting.append((asyncio.get_running_loop().time(), message))
        self._added.set()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            await self._added.wait()
            while self._waiting:
                told_at, message = self._waiting.popleft()
                await self._deliver(message, until=told_at + _GIVE_UP_AFTER_S)
            self._added.clear()

    async def _deliver(self, message: RunState, *, until: float) -> None:
        loop = asyncio.get_running_loop()
        pause_s = _FIRST_PAUSE_S
        if loop.time() > until:
            # It waited behind others; trying each of them would delay the newer ones.
            TOLD.labels("dropped").inc()
            return
        while True:
            problem, final = await self._problem(message)
            if problem is None:
                TOLD.labels("sent").inc()
                return
            if final or loop.time() + pause_s > until:
                TOLD.labels("failed").inc()
                log.warning("front_end_not_told", state=message.state, reason=problem)
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _problem(self, message: RunState) -> tuple[str | None, bool]:
        """Send once; return what went wrong, if anything, and whether another try is useless."""
        try:
            async with asyncio.timeout(_REQUEST_LIMIT_S):
                answer: Any = await self._client.post(
                    str(self._url), content=msgspec.json.encode(message), headers=self._headers
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return type(error).__name__, isinstance(error, httpx.InvalidURL)
        if answer.is_success:
            return None, True
        final = answer.is_client_error and answer.status_code not in _TRY_AGAIN
        return f"HTTP {answer.status_code}", final
