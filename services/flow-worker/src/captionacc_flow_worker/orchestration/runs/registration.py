"""Creates or updates the work pool, its queues and the deployments.

Registering any number of times has the same result as once.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from captionacc_contracts.work.flows import (
    DEPLOYMENT,
    WORK_POOL,
    WORK_POOL_TYPE,
    FlowName,
    work_queue,
)
from captionacc_contracts.work.tiers import BASE_SCORE, SMALL_VIDEO_BONUS
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.client.schemas.objects import ConcurrencyLimitConfig, FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.flows import Flow
from prefect.types.entrypoint import EntrypointType

# The first registration with a new server makes twelve queues and five deployments, one request
# per item.
_LIMIT_S = 60.0
# Runs start in the worker's own process, so there is nothing to configure per run; but Prefect
# refuses an empty configuration.
_TEMPLATE: dict[str, Any] = {
    "job_configuration": {"name": "{{ name }}"},
    "variables": {"type": "object", "properties": {"name": {"type": "string"}}},
}


class Deployments:
    """The deployments of the worker's flows, as of the last :meth:`register`."""

    def __init__(self, client: PrefectClient, flows: Mapping[FlowName, Flow[..., Any]]) -> None:
        self._client = client
        self._flows = flows
        self._by_flow: Mapping[FlowName, DeploymentResponse] = {}

    async def register(self) -> None:
        """Bring the pool, its queues and the deployments to what this version needs.

        Raises what the client raises when the server is away.
        """
        async with asyncio.timeout(_LIMIT_S):
            self._by_flow = await _register(self._client, self._flows)

    @property
    def registered(self) -> bool:
        """Whether the server knew the pool and the deployments once in this process's life."""
        return bool(self._by_flow)

    def of(self, flow: FlowName) -> DeploymentResponse:
        return self._by_flow[flow]

    def flow_name(self, run: FlowRun) -> FlowName | None:
        """The flow that ``run`` is a run of; ``None`` if its deployment is not one of ours."""
        return self.flow_of_deployment(run.deployment_id)

    def flow_of_deployment(self, deployment_id: UUID | None) -> FlowName | None:
        """The flow of a deployment; ``None`` if the deployment is not one of ours."""
        return next(
            (name for name, made in self._by_flow.items() if made.id == deployment_id), None
        )


def queue_names() -> list[str]:
    """Queues of the default policy, best first; other queues appear with their first run."""
    scores = sorted(
        {base + bonus for base in BASE_SCORE.values() for bonus in (0.0, SMALL_VIDEO_BONUS)},
        reverse=True,
    )
    return [work_queue(score, ageing=ageing) for score in scores for ageing in (True, False)]


async def _register(
    client: PrefectClient, flows: Mapping[FlowName, Flow[..., Any]]
) -> dict[FlowName, DeploymentResponse]:
    await _ensure_pool(client)
    await _ensure_queues(client, queue_names())
    deployments = {
        name: await client.read_deployment(await _deploy(flow, await _limit_of(client, name)))
        for name, flow in flows.items()
    }
    await _remove_others(client, {deployment.id for deployment in deployments.values()})
    return deployments


async def _ensure_pool(client: PrefectClient) -> None:
    try:
        pool = await client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        try:
            await client.create_work_pool(
                WorkPoolCreate(
                    name=WORK_POOL,
                    type=WORK_POOL_TYPE,
                    base_job_template=_TEMPLATE,
                    description="Flows of CaptionA.cc, run inside the flow worker.",
                )
            )
        except ObjectAlreadyExists:
            return
        return
    # An update would end an operator's pause, so it happens only if the template differs.
    if pool.base_job_template != _TEMPLATE:
        await client.update_work_pool(WORK_POOL, WorkPoolUpdate(base_job_template=_TEMPLATE))


async def _ensure_queues(client: PrefectClient, names: Iterable[str]) -> None:
    present = {queue.name for queue in await client.read_work_queues(work_pool_name=WORK_POOL)}
    for priority, name in enumerate(names, start=1):
        if name not in present:
            try:
                await client.create_work_queue(name, priority=priority, work_pool_name=WORK_POOL)
            except ObjectAlreadyExists:
                continue


async def _limit_of(client: PrefectClient, name: FlowName) -> ConcurrencyLimitConfig | None:
    """The limit that an operator has set; an update without it would remove it."""
    try:
        present = await client.read_deployment_by_name(name.deployment)
    except ObjectNotFound:
        return None
    # The other options of a limit say what the server does at the limit, which it never reaches.
    limit = present.global_concurrency_limit
    return None if limit is None else ConcurrencyLimitConfig(limit=limit.limit)


async def _deploy(flow: Flow[..., Any], limit: ConcurrencyLimitConfig | None) -> UUID:
    deployment = RunnerDeployment.from_flow(
        flow,
        name=DEPLOYMENT,
        work_pool_name=WORK_POOL,
        description=flow.description,
        concurrency_limit=limit,
        # Runs that the worker makes carry tags; a run without tags was made by a person.
        tags=[],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return await deployment.aapply()


async def _remove_others(client: PrefectClient, wanted: set[UUID]) -> None:
    pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL]))
    for deployment in await client.read_deployments(work_pool_filter=pool, limit=200):
        if deployment.id not in wanted:
            await client.delete_deployment(deployment.id)
