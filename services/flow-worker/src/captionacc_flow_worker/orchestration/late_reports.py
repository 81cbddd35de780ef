"""Reports the states of ended attempts that Prefect could not accept at the time."""

import asyncio
from typing import Any
from uuid import UUID

from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from prefect.client.schemas.objects import State, StateType

from captionacc_flow_worker.orchestration.runs.control import RunControl

log = get_logger(__name__)

_PERIOD_S = 5.0
# Bounds memory. The reconciler repairs the runs whose reports are dropped.
_MOST = 10_000
_LIMIT_S = 10.0


class LateReports:
    """Repeats each report until Prefect accepts it.

    The reports are in memory; the reconciler repairs the runs whose reports a crash loses.
    """

    def __init__(self, control: RunControl, database: Database) -> None:
        self._control = control
        self._database = database
        self._waiting: dict[UUID, State[Any]] = {}
        self._added = asyncio.Event()

    def add(self, run_id: UUID, state: State[Any]) -> None:
        if len(self._waiting) < _MOST:
            self._waiting[run_id] = state
            self._added.set()

    async def run(self) -> None:
        while True:
            await self._added.wait()
            if not await self.flush():
                await asyncio.sleep(_PERIOD_S)

    async def flush(self) -> bool:
        """Report every waiting state once; returns whether Prefect accepted all of them."""
        for run_id, state in list(self._waiting.items()):
            try:
                if not await self._is_past(run_id, state):
                    await self._control.force(run_id, state)
            except Exception as error:  # noqa: BLE001  try again after every error of the client
                log.warning(
                    "state_not_reported", flow_run_id=str(run_id), error=type(error).__name__
                )
                return False
            if self._waiting.get(run_id) is state:
                del self._waiting[run_id]
        self._added.clear()
        return True

    async def _is_past(self, run_id: UUID, state: State[Any]) -> bool:
        """Whether ``state`` says that the job waits, but the job has begun or ended since.

        Such a report would hide the job's real state until the next pass of the reconciler.
        """
        if state.type is not StateType.SCHEDULED:
            return False
        async with asyncio.timeout(_LIMIT_S), self._database.autocommit() as session:
            waiting = await session.repairing.waits_as_run(run_id)
        return not waiting
