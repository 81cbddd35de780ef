"""Makes the flow runs of jobs, one or many per request."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from captionacc_contracts.work.flows import flow_of, run_name
from captionacc_launching.flow_runs import WAITS_TO_START, run_fields, run_parameters
from captionacc_supabase.rows import Job
from httpx import HTTPStatusError, codes
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.states import Scheduled

from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs.registration import Deployments

T = TypeVar("T")

BULK_ROUTE = "/deployments/{id}/create_flow_run/bulk"
# The server takes up to 100 runs per request. With 25, a run costs a tenth more than with 100, and
# a server that has a tenth of a processor still answers within the limit.
RUNS_AT_ONCE = 25
_LIMIT_S = 10.0
_BULK_LIMIT_S = 60.0


class RunMaker:
    """Makes runs. A second request for the same job returns the run that the first one made."""

    def __init__(self, client: PrefectClient, deployments: Deployments, presence: Presence) -> None:
        self._client = client
        self._deployments = deployments
        self._presence = presence

    async def ensure(self, job: Job) -> FlowRun:
        """The job's flow run; makes it if it does not exist."""
        return await self._registered(lambda: self._create(job))

    async def ensure_many(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        """Make the runs of up to ``RUNS_AT_ONCE`` jobs of one kind in one request.

        Returns the run ids by job id. The result is empty if the server could not make all of the
        runs: it undoes the others then.
        """
        return await self._registered(lambda: self._create_many(jobs))

    def as_made(self, job: Job, run_id: UUID) -> FlowRun:
        """The job's run as it was made, without a request.

        The run may have changed since; :meth:`RunControl.admit` finds that out.
        """
        deployment = self._deployments.of(flow_of(job.kind))
        return FlowRun(
            id=run_id,
            flow_id=deployment.flow_id,
            deployment_id=deployment.id,
            name=run_name(job.video_id, job.video_name),
            parameters=run_parameters(job),
            tags=job.tags,
            state=Scheduled(),
        )

    async def _create(self, job: Job) -> FlowRun:
        async with asyncio.timeout(_LIMIT_S):
            return await self._client.create_flow_run_from_deployment(
                self._deployments.of(flow_of(job.kind)).id, **run_fields(job)
            )

    async def _create_many(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        described = [{**run_fields(job), "state": WAITS_TO_START} for job in jobs]
        async with asyncio.timeout(_BULK_LIMIT_S):
            # The client has neither a method nor a type for this route of the server.
            answer = await self._client.request(
                "POST",
                cast("Any", BULK_ROUTE),
                path_params={"id": self._deployments.of(flow_of(jobs[0].kind)).id},
                json=described,
            )
        results = answer.json()["results"]
        # One transaction of the server makes all of the runs. If its database refuses one of them,
        # the transaction is undone, but the answer still calls the earlier runs created.
        if len(results) != len(jobs) or any(made["status"] != "CREATED" for made in results):
            return {}
        return {job.id: UUID(made["flow_run_id"]) for job, made in zip(jobs, results, strict=True)}

    async def _registered(self, make: Callable[[], Awaitable[T]]) -> T:
        """The result of ``make``; registers and repeats it once if a deployment was deleted."""
        self._presence.require()
        try:
            return await make()
        except HTTPStatusError as error:
            if error.response.status_code != codes.NOT_FOUND:
                raise
        await self._deployments.register()
        return await make()
