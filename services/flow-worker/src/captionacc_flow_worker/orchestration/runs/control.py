"""Reads flow runs and changes their state."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State, StateDetails, StateType
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus
from prefect.exceptions import ObjectNotFound
from prefect.states import Pending

from captionacc_flow_worker.orchestration.runs.states import requeued

# A request takes milliseconds on an idle server and a few seconds on a busy one. After ten seconds
# the server counts as away.
_LIMIT_S = 10.0
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class RunControl:
    """Reads and changes one run at a time."""

    def __init__(self, client: PrefectClient) -> None:
        self._client = client

    async def read(self, run_id: UUID) -> FlowRun | None:
        """The run; ``None`` if it was deleted."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await self._client.read_flow_run(run_id)
        except ObjectNotFound:
            return None

    async def admit(self, run: FlowRun) -> FlowRun | None:
        """Set the run to Pending and return it; ``None`` if somebody cancelled it.

        The caller holds the job's lease, so any other state of the run is left from an earlier
        attempt.

        Args:
            run: The run as it was read or made.

        Raises:
            ObjectNotFound: when the run was deleted.
        """
        kind = None if run.state is None else run.state.type
        if kind in (StateType.CANCELLED, StateType.CANCELLING):
            return None
        if kind is StateType.PENDING:
            return run
        async with asyncio.timeout(_LIMIT_S):
            if kind is not StateType.SCHEDULED:
                await self.force(run.id, requeued("Taken up again."))
            answer: OrchestrationResult[Any] = await self._client.set_flow_run_state(run.id, _due())
            if answer.status is not SetStateStatus.ACCEPT:
                # Somebody pressed a button of Prefect's UI at the same moment.
                return await self.admit(await self._client.read_flow_run(run.id))
            run.state = answer.state
            return run

    async def force(self, run_id: UUID, state: State[Any]) -> None:
        """Set the state, whatever state the run is in; does nothing if the run was deleted."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                await self._client.set_flow_run_state(run_id, state, force=True)
        except ObjectNotFound:
            return


def _due() -> State[Any]:
    """A Pending state that is due since long ago.

    Postgres decides when a job is due. A state without a scheduled time would inherit the time of
    the state before it, which some worker's clock set, and the server would hold the run back until
    then.
    """
    return Pending(state_details=StateDetails.model_validate({"scheduled_time": _LONG_AGO}))
