"""Finds flow runs of the worker's pool by state or id."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from captionacc_contracts.work.flows import WORK_POOL
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterId,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.states import REQUEUED, RETRIED

_LIMIT_S = 10.0
PAGE = 200
"""The server returns at most 200 rows per request by default."""
# Runs that failed or crashed and whose job was cancelled since are looked for this long.
_FAILED_WITHIN = timedelta(hours=1)


class RunFinder:
    """Each query reads pages until the last one, or returns one page, oldest first."""

    def __init__(self, client: PrefectClient, presence: Presence) -> None:
        self._client = client
        self._presence = presence

    async def under_way(self) -> list[FlowRun]:
        """Runs that some worker runs, starts or stops."""
        return await self._all(
            FlowRunFilter(
                state=_of_types(StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
            )
        )

    async def waiting(self, offset: int) -> list[FlowRun]:
        """A page of the runs that wait to start, from the one in place ``offset``."""
        return await self._page(FlowRunFilter(state=_of_types(StateType.SCHEDULED)), offset)

    async def failed_lately(self) -> list[FlowRun]:
        """Runs that failed or crashed during the last hour."""
        since = datetime.now(UTC) - _FAILED_WITHIN
        return await self._all(
            FlowRunFilter(
                state=_of_types(StateType.FAILED, StateType.CRASHED),
                end_time=FlowRunFilterEndTime.model_validate({"after_": since}),
            )
        )

    async def cancelled_among(self, run_ids: Sequence[UUID]) -> list[UUID]:
        """Ids of those of the runs that somebody cancelled in Prefect."""
        state = _of_types(StateType.CANCELLING, StateType.CANCELLED)
        return [run.id for run in await self._among(run_ids, state)]

    async def existing_among(self, run_ids: Sequence[UUID]) -> set[UUID]:
        """Ids of those of the runs that nobody has deleted."""
        return {run.id for run in await self._among(run_ids)}

    async def asked_for_by_hand(self) -> list[FlowRun]:
        """Due runs that people made or retried in Prefect's UI."""
        # Runs that our code makes carry tags; a run that a person makes has none.
        due = FlowRunFilterNextScheduledStartTime.model_validate({"before_": datetime.now(UTC)})
        made = await self._all(
            FlowRunFilter(
                tags=FlowRunFilterTags(is_null_=True),
                next_scheduled_start_time=due,
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]),
                    name=FlowRunFilterStateName(not_any_=[REQUEUED]),
                ),
            )
        )
        name = FlowRunFilterStateName(any_=[RETRIED])
        retried = await self._all(
            FlowRunFilter(state=FlowRunFilterState(name=name), next_scheduled_start_time=due)
        )
        return list({run.id: run for run in [*made, *retried]}.values())

    async def _among(
        self, run_ids: Sequence[UUID], state: FlowRunFilterState | None = None
    ) -> list[FlowRun]:
        found: list[FlowRun] = []
        for first in range(0, len(run_ids), PAGE):
            some = FlowRunFilterId(any_=list(run_ids[first : first + PAGE]))
            found += await self._page(FlowRunFilter(id=some, state=state))
        return found

    async def _all(self, wanted: FlowRunFilter) -> list[FlowRun]:
        found: list[FlowRun] = []
        while True:
            page = await self._page(wanted, len(found))
            found += page
            if len(page) < PAGE:
                return found

    async def _page(self, wanted: FlowRunFilter, offset: int = 0) -> list[FlowRun]:
        self._presence.require()
        async with asyncio.timeout(_LIMIT_S):
            return await self._client.read_flow_runs(
                flow_run_filter=wanted,
                work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL])),
                sort=FlowRunSort.EXPECTED_START_TIME_ASC,
                limit=PAGE,
                offset=offset,
            )


def _of_types(*kinds: StateType) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds)))
