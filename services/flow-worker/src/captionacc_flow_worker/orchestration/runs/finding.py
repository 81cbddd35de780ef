"""Finds flow runs of the worker's pool by state, id, or the job that they were made for."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.work.flows import WORK_POOL, idempotency_key
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterIdempotencyKey,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType

from captionacc_flow_worker.orchestration.runs.states import REQUEUED, RETRIED

_LIMIT_S = 10.0
# The server returns at most 200 rows per request by default.
_PAGE = 200
# Bounds one look to five requests.
_MOST_IN_STATES = 1000


class RunFinder:
    """Each query returns at most ``_PAGE`` runs, except :meth:`in_states`."""

    def __init__(self, client: PrefectClient) -> None:
        self._client = client

    async def in_states(self, *kinds: StateType) -> list[FlowRun]:
        """Runs in these states."""
        found: list[FlowRun] = []
        while len(found) < _MOST_IN_STATES:
            page = await self._find(FlowRunFilter(state=_of_types(*kinds)), offset=len(found))
            found.extend(page)
            if len(page) < _PAGE:
                break
        return found

    async def cancelled_among(self, run_ids: Sequence[UUID]) -> list[UUID]:
        """Ids of those of the runs that somebody cancelled in Prefect."""
        runs = await self._among(run_ids, StateType.CANCELLING, StateType.CANCELLED)
        return [run.id for run in runs]

    async def waiting_or_failed_among(self, run_ids: Sequence[UUID]) -> list[FlowRun]:
        """Those of the runs that still wait to start, or that failed."""
        return await self._among(run_ids, StateType.SCHEDULED, StateType.FAILED, StateType.CRASHED)

    async def made_for(self, job_ids: Sequence[UUID]) -> dict[UUID, FlowRun]:
        """The runs that were made for these jobs, by job id; jobs without a run are left out."""
        if not job_ids:
            return {}
        job_of_key = {idempotency_key(job_id): job_id for job_id in job_ids[:_PAGE]}
        keys = FlowRunFilterIdempotencyKey(any_=list(job_of_key))
        runs = await self._find(FlowRunFilter(idempotency_key=keys))
        return {job_of_key[run.idempotency_key]: run for run in runs if run.idempotency_key}

    async def asked_for_by_hand(self) -> list[FlowRun]:
        """Due runs that people made or retried in Prefect's UI."""
        # Runs that our code makes carry tags; a run that a person makes has none.
        made = await self._find(
            FlowRunFilter(
                tags=FlowRunFilterTags(is_null_=True),
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]),
                    name=FlowRunFilterStateName(not_any_=[REQUEUED]),
                ),
            )
        )
        retried = await self._named(RETRIED)
        return list({run.id: run for run in [*made, *retried]}.values())

    async def waiting_again(self) -> list[FlowRun]:
        """Runs that our code set to wait for another attempt of their job."""
        return await self._named(REQUEUED)

    async def _among(self, run_ids: Sequence[UUID], *kinds: StateType) -> list[FlowRun]:
        if not run_ids:
            return []
        return await self._find(
            FlowRunFilter(id=FlowRunFilterId(any_=list(run_ids[:_PAGE])), state=_of_types(*kinds))
        )

    async def _named(self, state_name: str) -> list[FlowRun]:
        name = FlowRunFilterStateName(any_=[state_name])
        return await self._find(FlowRunFilter(state=FlowRunFilterState(name=name)))

    async def _find(self, wanted: FlowRunFilter, offset: int = 0) -> list[FlowRun]:
        async with asyncio.timeout(_LIMIT_S):
            return await self._client.read_flow_runs(
                flow_run_filter=wanted,
                work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL])),
                limit=_PAGE,
                offset=offset,
            )


def _of_types(*kinds: StateType) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds)))
