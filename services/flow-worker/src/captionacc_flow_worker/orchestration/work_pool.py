"""The worker's work pool on the Prefect server: what operators paused, and the heartbeat."""

import asyncio

from captionacc_contracts.work.flows import WORK_POOL
from prefect.client.orchestration import PrefectClient
from prefect.exceptions import ObjectNotFound

from captionacc_flow_worker.orchestration.pauses import Pauses
from captionacc_flow_worker.orchestration.runs.registration import Deployments

_LIMIT_S = 10.0
# The server returns at most 200 per request. There are fewer queues: one or two per score.
_MOST_QUEUES = 200


class WorkPool:
    """Asks the server about the pool. ``name`` and ``ping`` make it a health check."""

    name = "prefect"

    def __init__(self, client: PrefectClient, deployments: Deployments) -> None:
        self._client = client
        self._deployments = deployments

    async def register(self) -> None:
        """Register the pool, its queues and the deployments."""
        await self._deployments.register()

    async def ping(self) -> None:
        """Raise an error if the server does not answer."""
        (await self._client.hello()).raise_for_status()

    async def pauses(self) -> Pauses:
        """What operators paused; registers again if somebody deleted the pool."""
        async with asyncio.timeout(_LIMIT_S):
            try:
                pool = await self._client.read_work_pool(WORK_POOL)
            except ObjectNotFound:
                await self.register()
                return Pauses()
            queues = await self._client.read_work_queues(
                work_pool_name=WORK_POOL, limit=_MOST_QUEUES
            )
        return Pauses(
            pool=pool.is_paused,
            queues=frozenset(queue.name for queue in queues if queue.is_paused),
        )

    async def heartbeat(self, worker: str, period_s: float) -> None:
        """Tell the server that ``worker`` lives, and in how many seconds it will say so again."""
        async with asyncio.timeout(_LIMIT_S):
            await self._client.send_worker_heartbeat(
                work_pool_name=WORK_POOL, worker_name=worker, heartbeat_interval_seconds=period_s
            )
