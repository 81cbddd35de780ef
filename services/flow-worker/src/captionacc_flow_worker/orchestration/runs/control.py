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

from captionacc_flow_worker.orchestration.presence import Presence

# A request takes milliseconds on an idle server and a few seconds on a busy one. After ten seconds
# the server counts as away.
_LIMIT_S = 10.0
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class RunControl:
    """Reads and changes one run at a time."""

    def __init__(self, client: PrefectClient, presence: Presence) -> None:
        self._client = client
        self._presence = presence

    async def read(self, run_id: UUID) -> FlowRun | None:
        """The run; ``None`` if it was deleted."""
        self._presence.require()
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await self._client.read_flow_run(run_id)
        except ObjectNotFound:
            return None

    async def admit(self, run: FlowRun) -> FlowRun | None:
        """Set the run to Pending and return it; ``None`` if somebody cancelled it.

        The caller holds the job's lease, so any other state of the run is left from an earlier
        attempt. The worker itself obeys the limits that operators set, so a refusal of the server
        because of a limit does not count.

        Args:
            run: The run as it was read or made.

        Raises:
            ObjectNotFound: when the run was deleted.
        """
        if _is_cancelled(run):
            return None
        if _is_in(run, StateType.PENDING):
            return run
        self._presence.require()
        async with asyncio.timeout(_LIMIT_S):
            # Where flows have limits, a run that is not forced takes a slot, or is refused one.
            if _is_in(run, StateType.SCHEDULED) and not self._presence.limits.flows:
                answer: OrchestrationResult[Any] = await self._client.set_flow_run_state(
                    run.id, _due()
                )
                if answer.status is SetStateStatus.ACCEPT and not _holds_a_slot(answer):
                    run.state = answer.state
                    return run
            # The run may have been cancelled since it was read or made.
            run = await self._client.read_flow_run(run.id)
            if _is_cancelled(run):
                return None
            answer = await self._client.set_flow_run_state(run.id, _due(), force=True)
            run.state = answer.state
            return run

    async def force(self, run_id: UUID, state: State[Any]) -> None:
        """Set the state, whatever state the run is in; does nothing if the run was deleted."""
        self._presence.require()
        try:
            async with asyncio.timeout(_LIMIT_S):
                await self._client.set_flow_run_state(run_id, state, force=True)
        except ObjectNotFound:
            return


def _is_in(run: FlowRun, *kinds: StateType) -> bool:
    return run.state is not None and run.state.type in kinds


def _is_cancelled(run: FlowRun) -> bool:
    return _is_in(run, StateType.CANCELLED, StateType.CANCELLING)


def _holds_a_slot(answer: OrchestrationResult[Any]) -> bool:
    """Whether the run took a slot of its deployment's limit.

    Prefect's engine renews the slot and ends the run if it cannot, so the run must not keep it.
    """
    return (
        answer.state is not None
        and answer.state.state_details.deployment_concurrency_lease_id is not None
    )


def _due() -> State[Any]:
    """A Pending state that is due since long ago.

    Postgres decides when a job is due. A state without a scheduled time would inherit the time of
    the state before it, which some worker's clock set, and the server would hold the run back until
    then.
    """
    return Pending(state_details=StateDetails.model_validate({"scheduled_time": _LONG_AGO}))
