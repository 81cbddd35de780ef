"""Reports the states of ended attempts that Prefect could not accept at the time."""

import asyncio
from typing import Any
from uuid import UUID

from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from prefect.client.schemas.objects import State, StateType

from captionacc_flow_worker.orchestration.runs import PrefectRuns

log = get_logger(__name__)

_PERIOD_S = 5.0
_MOST = 10_000
_LIMIT_S = 10.0


class LateReports:
    """Proposes each state until it is accepted; the reconciler covers what a crash loses."""

    def __init__(self, runs: PrefectRuns, database: Database) -> None:
        self._runs = runs
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
        """Whether everything was accepted."""
        for run_id, state in list(self._waiting.items()):
            try:
                if not await self._is_past(run_id, state):
                    await self._runs.force(run_id, state)
            except Exception as error:  # noqa: BLE001  every error of the client means: try again
                log.warning(
                    "state_not_reported", flow_run_id=str(run_id), error=type(error).__name__
                )
                return False
            if self._waiting.get(run_id) is state:
                del self._waiting[run_id]
        self._added.clear()
        return True

    async def _is_past(self, run_id: UUID, state: State[Any]) -> bool:
        """Whether the job that was to run again has begun or ended since.

        A late report would then hide the real state of the job until the reconciler looks.
        """
        if state.type is not StateType.SCHEDULED:
            return False
        async with asyncio.timeout(_LIMIT_S), self._database.autocommit() as session:
            waiting = await session.repairing.waits_as_run(run_id)
        return not waiting
