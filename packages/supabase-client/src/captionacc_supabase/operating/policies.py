"""The policy of the queue that operators set, and the waiting jobs that it scores anew."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from captionacc_contracts.web.operators import PastPolicy
from captionacc_contracts.work.priority import PriorityPolicy, PriorityScore
from captionacc_contracts.work.tiers import Tier

from captionacc_supabase.connection.statements import Statements


class PolicyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in force, and the time on the database's clock.

    Number 0 without a policy: the settings of the priority service apply.
    """

    number: int
    policy: PriorityPolicy | None
    now: datetime


class JobToScore(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting job with what its score depends on; null size: nobody has checked it."""

    id: UUID
    tier: Tier
    size_bytes: int | None
    ageing: bool
    requested_at: datetime
    base_override: float | None


class Policies:
    """Available as ``session.policies``. A policy is never changed; a new one takes its place."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def in_force(self) -> PolicyStanding:
        """The policy that applies now."""
        standing = await self._statements.row(
            PolicyStanding,
            """
            select coalesce(number, 0) as number, policy, now() as now
            from (select) one left join (
                select number, policy from captionacc.priority_policies
                order by number desc limit 1
            ) latest on true
            """,
        )
        assert standing is not None  # noqa: S101  the statement returns one row
        return standing

    async def latest(self, limit: int) -> list[PastPolicy]:
        """The policies that were set last, the one in force first."""
        return await self._statements.rows(
            PastPolicy,
            "select * from captionacc.priority_policies order by number desc limit $1",
            limit,
        )

    async def set(self, policy: PriorityPolicy, operator_id: UUID, reason: str) -> int:
        """Put a policy in force; return its number."""
        # Numbers grow in the order of the commits, so that the latest one is in force.
        await self._statements.run(
            "lock table captionacc.priority_policies in share row exclusive mode"
        )
        number = await self._statements.value(
            """
            insert into captionacc.priority_policies (policy, set_by, reason) values ($1, $2, $3)
            returning number
            """,
            policy,
            operator_id,
            reason,
        )
        return int(number)

    async def jobs_to_score(self, number: int, limit: int) -> list[JobToScore]:
        """Waiting jobs whose score is from an earlier policy than this one."""
        return await self._statements.rows(
            JobToScore,
            """
            select j.id, j.tier, case when v.size_checked then v.size_bytes end as size_bytes,
                j.ageing, j.requested_at, j.base_override
            from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.state = 'queued' and j.policy_number < $1
            order by j.policy_number limit $2
            """,
            number,
            limit,
        )

    async def count_to_score(self, number: int) -> int:
        """How many waiting jobs have a score from an earlier policy than this one."""
        count: int = await self._statements.value(
            """
            select count(*) from captionacc.jobs where state = 'queued' and policy_number < $1
            """,
            number,
        )
        return count

    async def set_scores(self, scores: Mapping[UUID, PriorityScore], number: int) -> int:
        """Store scores of jobs that still wait; return how many were stored.

        A job that another transaction has locked is left out: it begins, or is scored next time.
        """
        stored = await self._statements.values(
            """
            with waiting as (
                select j.id, given.static_score, given.priority
                from unnest($1::uuid[], $2::float8[], $3::int[])
                    as given (id, static_score, priority)
                join captionacc.jobs j on j.id = given.id
                where j.state = 'queued' and j.policy_number < $4
                for no key update of j skip locked
            )
            update captionacc.jobs j set
                static_score = waiting.static_score, priority = waiting.priority,
                policy_number = $4
            from waiting where j.id = waiting.id
            returning j.id
            """,
            list(scores),
            [score.static_score for score in scores.values()],
            [score.priority for score in scores.values()],
            number,
        )
        return len(stored)
