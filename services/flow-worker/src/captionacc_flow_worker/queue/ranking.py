"""The order in which the waiting jobs should start now."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_contracts.work.flows import work_queue
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.priority import RankCandidate
from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter
from captionacc_supabase.database import Database
from captionacc_supabase.session import Session

from captionacc_flow_worker.compute.ports import Priority
from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits, Room
from captionacc_flow_worker.queue.choice import admissible, by_static_score

log = get_logger(__name__)

FELL_BACK = Counter(
    "captionacc_worker_rankings_without_service", "Rankings made without the priority service"
)
# A changed limit of a tenant takes effect within this time.
_LIMITS_AGE_S = 10.0


class Ranking:
    """Asks the database for the heads of the queue and the priority service for their order."""

    def __init__(self, database: Database, priority: Priority, *, tenant_concurrency: int) -> None:
        self._database = database
        self._priority = priority
        self._tenant_concurrency = tenant_concurrency
        self._limits: dict[UUID, int] = {}
        self._limits_read_at = float("-inf")

    async def best_first(
        self, operators: OperatorLimits, startable: Collection[JobKind] = tuple(JobKind)
    ) -> list[UUID]:
        """Ids of the jobs that may start now, best first.

        The first one is the best of all waiting jobs; the others are only heads of the queue.

        Raises:
            TransientError: ``database_unavailable``.
        """
        if operators.pool == 0:
            return []
        async with self._database.transaction() as session:
            room = operators.room(await session.jobs.running()) if operators else Room()
            heads = await session.jobs.heads(room.kinds & frozenset(startable))
            if not heads:
                return []
            in_progress = await session.jobs.in_progress()
            standing = await session.policies.in_force()
        candidates = admissible(
            [msgspec.convert(head, RankCandidate, from_attributes=True) for head in heads],
            in_progress=in_progress,
            limits=await self._tenant_limits(in_progress),
            default_limit=self._tenant_concurrency,
            full_queues=room.full_queues,
        )
        if not candidates:
            return []
        try:
            # The time that gave the jobs their age, whatever the clocks of the services show.
            ranked = await self._priority.rank(
                candidates, in_progress, now=standing.now, policy=standing.policy
            )
            return [job.job_id for job in ranked]
        except TransientError as error:
            FELL_BACK.inc()
            log.warning("ranked_without_service", error=str(error), candidates=len(candidates))
            return by_static_score(candidates)

    async def _tenant_limits(self, in_progress: Mapping[UUID, int]) -> Mapping[UUID, int]:
        now = asyncio.get_running_loop().time()
        if now - self._limits_read_at > _LIMITS_AGE_S:
            self._limits, self._limits_read_at = {}, now
        unknown = in_progress.keys() - self._limits.keys()
        if not unknown:
            return self._limits
        async with self._database.transaction() as session:
            for tenant_id in unknown:
                tenant = await session.tenants.get(tenant_id)
                limit = None if tenant is None else tenant.max_concurrent_jobs
                self._limits[tenant_id] = self._tenant_concurrency if limit is None else limit
        return self._limits


async def still_allowed(session: Session, operators: OperatorLimits, job_id: UUID) -> bool:
    """Whether the limits of operators still let the job start, also beside other workers' claims.

    If there are limits, other claims wait until the session's transaction has ended.
    """
    if not operators:
        return True
    await session.jobs.take_turns()
    job = await session.jobs.get(job_id)
    if job is None:
        return False
    room = operators.room(await session.jobs.running())
    return room.takes(job.kind, work_queue(job.static_score, ageing=job.ageing))
