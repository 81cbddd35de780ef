"""The worker's work pool on the Prefect server: what operators allow, and the heartbeat."""

import asyncio
from datetime import UTC, datetime

from captionacc_contracts.work.flows import WORK_POOL
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits
from captionacc_flow_worker.orchestration.runs.registration import Deployments

# A busy server that answers late is not away: each start has a shorter limit of its own, so no job
# waits for this one.
_ANSWERS_WITHIN_S = 8.0
_LIMIT_S = 10.0
# The server returns at most 200 per request. There are fewer queues: one or two per score.
_MOST = 200
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class WorkPool:
    """Asks the server about the pool. ``name`` and ``ping`` make it a health check."""

    name = "prefect"

    def __init__(self, client: PrefectClient, deployments: Deployments) -> None:
        self._client = client
        self._deployments = deployments

    async def ping(self) -> None:
        """Raise an error if the server does not answer."""
        (await self._client.hello()).raise_for_status()

    async def limits(self) -> OperatorLimits:
        """What operators allow; registers first if the server does not know the pool and flows."""
        if not self._deployments.registered:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                await self.ping()
            await self._deployments.register()
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                return await self._limits()
        except ObjectNotFound:
            await self._deployments.register()
            return OperatorLimits()

    async def _limits(self) -> OperatorLimits:
        pool = await self._client.read_work_pool(WORK_POOL)
        queues = await self._client.read_work_queues(work_pool_name=WORK_POOL, limit=_MOST)
        deployments = await self._client.read_deployments(
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL])), limit=_MOST
        )
        of_flows = {
            name: limit
            for deployment in deployments
            if (name := self._deployments.flow_of_deployment(deployment.id)) is not None
            and (limit := _limit_of(deployment)) is not None
        }
        return OperatorLimits(
            pool=0 if pool.is_paused else pool.concurrency_limit,
            queues={
                queue.name: 0 if queue.is_paused else queue.concurrency_limit or 0
                for queue in queues
                if queue.is_paused or queue.concurrency_limit is not None
            },
            flows=of_flows,
        )

    async def heartbeat(self, worker: str, period_s: float) -> None:
        """Tell the server that ``worker`` lives, and in how many seconds it will say so again."""
        async with asyncio.timeout(_LIMIT_S):
            await self._client.send_worker_heartbeat(
                work_pool_name=WORK_POOL, worker_name=worker, heartbeat_interval_seconds=period_s
            )
            # The server calls a queue ready only if a worker asks it for runs. No run is as old as
            # this request asks for, so the server returns and locks none.
            await self._client.get_scheduled_flow_runs_for_work_pool(
                WORK_POOL, scheduled_before=_LONG_AGO
            )


def _limit_of(deployment: DeploymentResponse) -> int | None:
    limit = deployment.global_concurrency_limit
    return None if limit is None or not limit.active else limit.limit
