"""Flow runs in Prefect, as far as the worker makes, starts, reads and repairs them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from captionacc_contracts.work.flows import (
    WORK_POOL,
    FlowName,
    flow_of,
    idempotency_key,
    run_name,
)
from captionacc_launching.flow_runs import WAITS_TO_START, run_fields, run_parameters
from captionacc_supabase.rows import Job
from httpx import HTTPStatusError, codes
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
from prefect.client.schemas.objects import FlowRun, State, StateDetails, StateType
from prefect.client.schemas.responses import (
    DeploymentResponse,
    OrchestrationResult,
    SetStateStatus,
)
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow
from prefect.states import Pending, Scheduled

from captionacc_flow_worker.orchestration.pauses import Pauses
from captionacc_flow_worker.orchestration.registration import register
from captionacc_flow_worker.orchestration.states import (
    REQUEUED,
    RETRIED,
    requeued,
)

M = TypeVar("M")

_LIMIT_S = 10.0
_REGISTER_LIMIT_S = 60.0
BULK_ROUTE = "/deployments/{id}/create_flow_run/bulk"
# The server takes 100. A quarter of that costs a tenth more a run, and still ends within the limit
# where the server has a tenth of a processor.
RUNS_AT_ONCE = 25
_BULK_LIMIT_S = 60.0
_PAGE = 200
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class PrefectRuns:
    """Every call has a time-out; what the client raises, and ``TimeoutError``, passes through."""

    def __init__(
        self,
        client: PrefectClient,
        flows: Mapping[FlowName, Flow[..., Any]],
    ) -> None:
        self._client = client
        self._flows = flows
        self._deployments: Mapping[FlowName, DeploymentResponse] = {}
        self.name = "prefect"

    async def register(self) -> None:
        """Make pool, queues and deployments what this version needs; again when one was lost."""
        async with asyncio.timeout(_REGISTER_LIMIT_S):
            self._deployments = await register(self._client, self._flows)

    async def ping(self) -> None:
        (await self._client.hello()).raise_for_status()

    def flow_name(self, run: FlowRun) -> FlowName | None:
        """Which of our flows a run is of; ``None`` when its deployment is not ours."""
        return next(
            (name for name, made in self._deployments.items() if made.id == run.deployment_id),
            None,
        )

    async def ensure(self, job: Job) -> FlowRun:
        """The job's flow run, which is made when it does not exist."""
        return await self._registered(lambda: self._create(job))

    async def _create(self, job: Job) -> FlowRun:
        async with asyncio.timeout(_LIMIT_S):
            return await self._client.create_flow_run_from_deployment(
                self._deployments[flow_of(job.kind)].id, **run_fields(job)
            )

    async def ensure_many(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        """Run ids by job id, made in one call for at most ``RUNS_AT_ONCE`` jobs of one kind.

        Empty when the server could not make all of them: then none is known to be there.
        """
        return await self._registered(lambda: self._create_many(jobs))

    async def _create_many(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        described = [{**run_fields(job), "state": WAITS_TO_START} for job in jobs]
        async with asyncio.timeout(_BULK_LIMIT_S):
            # The client has no method for this route of the server, nor a type that names it.
            answer = await self._client.request(
                "POST",
                cast("Any", BULK_ROUTE),
                path_params={"id": self._deployments[flow_of(jobs[0].kind)].id},
                json=described,
            )
        results = answer.json()["results"]
        # The server makes them in one transaction, and calls those made that an error of the
        # database in the middle then undoes.
        if len(results) != len(jobs) or any(made["status"] != "CREATED" for made in results):
            return {}
        return {job.id: UUID(made["flow_run_id"]) for job, made in zip(jobs, results, strict=True)}

    async def _registered(self, make: Callable[[], Awaitable[M]]) -> M:
        """What ``make`` gives, once more when the deployment that it names was deleted."""
        try:
            return await make()
        except HTTPStatusError as error:
            if error.response.status_code != codes.NOT_FOUND:
                raise
        await self.register()
        return await make()

    def as_made(self, job: Job, run_id: UUID) -> FlowRun:
        """The job's run as it was made, without asking: what became of it shows in ``admit``."""
        deployment = self._deployments[flow_of(job.kind)]
        return FlowRun(
            id=run_id,
            flow_id=deployment.flow_id,
            deployment_id=deployment.id,
            name=run_name(job.video_id),
            parameters=run_parameters(job),
            tags=job.tags,
            state=Scheduled(),
        )

    async def admit(self, run: FlowRun) -> FlowRun | None:
        """Make the run, as it was read or made, Pending; ``None`` when it was cancelled.

        The caller holds the job's lease, so whatever else the run says is left from a former life.

        Raises:
            ObjectNotFound: when the run is gone.
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
                # Somebody touched the run this very moment, with a button of the UI.
                return await self.admit(await self._client.read_flow_run(run.id))
            run.state = answer.state
            return run

    async def read(self, run_id: UUID) -> FlowRun | None:
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await self._client.read_flow_run(run_id)
        except ObjectNotFound:
            return None

    async def force(self, run_id: UUID, state: State[Any]) -> None:
        """Set the state whatever the run says; nothing happens when the run is gone."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                await self._client.set_flow_run_state(run_id, state, force=True)
        except ObjectNotFound:
            return

    async def in_states(self, *kinds: StateType, limit: int = 1000) -> list[FlowRun]:
        """Runs of our pool in these states, oldest first."""
        found: list[FlowRun] = []
        while len(found) < limit:
            page = await self._find(
                FlowRunFilter(
                    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds)))
                ),
                offset=len(found),
            )
            found.extend(page)
            if len(page) < _PAGE:
                break
        return found

    async def cancelling_among(self, run_ids: Sequence[UUID]) -> list[UUID]:
        """Those of the runs that somebody cancelled in Prefect."""
        if not run_ids:
            return []
        kinds = [StateType.CANCELLING, StateType.CANCELLED]
        runs = await self._find(
            FlowRunFilter(
                id=FlowRunFilterId(any_=list(run_ids[:_PAGE])),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=kinds)),
            )
        )
        return [run.id for run in runs]

    async def waiting_or_failed_among(self, run_ids: Sequence[UUID]) -> list[FlowRun]:
        """Those of the runs that still wait to start, or that ended in failure."""
        if not run_ids:
            return []
        kinds = [StateType.SCHEDULED, StateType.FAILED, StateType.CRASHED]
        return await self._find(
            FlowRunFilter(
                id=FlowRunFilterId(any_=list(run_ids[:_PAGE])),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=kinds)),
            )
        )

    async def made_for(self, job_ids: Sequence[UUID]) -> dict[UUID, FlowRun]:
        """Those of the jobs that a run was made for, each with its run."""
        if not job_ids:
            return {}
        job_of_key = {idempotency_key(job_id): job_id for job_id in job_ids[:_PAGE]}
        keys = FlowRunFilterIdempotencyKey(any_=list(job_of_key))
        runs = await self._find(FlowRunFilter(idempotency_key=keys))
        return {job_of_key[run.idempotency_key]: run for run in runs if run.idempotency_key}

    async def asked_for_by_hand(self) -> list[FlowRun]:
        """Due runs that people made or retried in Prefect's UI."""
        # Runs that we make carry tags; one made by hand has none.
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
        """Runs that we said wait for another attempt of their job; 200 at most."""
        return await self._named(REQUEUED)

    async def _named(self, state_name: str) -> list[FlowRun]:
        name = FlowRunFilterStateName(any_=[state_name])
        return await self._find(FlowRunFilter(state=FlowRunFilterState(name=name)))

    async def pauses(self) -> Pauses:
        async with asyncio.timeout(_LIMIT_S):
            try:
                pool = await self._client.read_work_pool(WORK_POOL)
            except ObjectNotFound:
                await self.register()
                return Pauses()
            queues = await self._client.read_work_queues(work_pool_name=WORK_POOL, limit=_PAGE)
        return Pauses(
            pool=pool.is_paused,
            queues=frozenset(queue.name for queue in queues if queue.is_paused),
        )

    async def heartbeat(self, worker: str, period_s: float) -> None:
        async with asyncio.timeout(_LIMIT_S):
            await self._client.send_worker_heartbeat(
                work_pool_name=WORK_POOL, worker_name=worker, heartbeat_interval_seconds=period_s
            )

    async def _find(self, wanted: FlowRunFilter, offset: int = 0) -> list[FlowRun]:
        async with asyncio.timeout(_LIMIT_S):
            return await self._client.read_flow_runs(
                flow_run_filter=wanted,
                work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL])),
                limit=_PAGE,
                offset=offset,
            )


def _due() -> State[Any]:
    """Pending, and due long ago.

    Postgres decides when a job is due. Without a time of its own the state takes over the one that
    it was scheduled for by some worker's clock, and the server holds the run back until then.
    """
    return Pending(state_details=StateDetails.model_validate({"scheduled_time": LONG_AGO}))
