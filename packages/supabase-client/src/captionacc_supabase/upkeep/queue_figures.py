"""Figures about the queue and the money for the metrics of the flow worker."""

from captionacc_contracts.work.states import JobState
from captionacc_contracts.work.tiers import Tier

from captionacc_supabase.connection.statements import Statements


class QueueFigures:
    """Available as ``session.queue_figures``. Each figure reads live rows or an index only."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def live_jobs(self) -> dict[JobState, int]:
        """The number of waiting and of running jobs."""
        row = (
            await self._statements.records(
                """
                select (select count(*) from captionacc.jobs where state = 'queued') as queued,
                    (select count(*) from captionacc.jobs where state = 'running') as running
                """
            )
        )[0]
        return {JobState.QUEUED: row["queued"], JobState.RUNNING: row["running"]}

    async def oldest_wait_s(self) -> float:
        """Seconds since the request of the oldest job that could start now; 0 without one.

        A job that waits for its next attempt is left out.
        """
        age = await self._statements.value(
            """
            select extract(epoch from now() - min(requested_at))::float8
            from captionacc.jobs
            where state = 'queued' and (not_before is null or not_before <= now())
            """
        )
        return max(0.0, float(age or 0.0))

    async def spent_usd(self) -> dict[Tier, float]:
        """What the calls of today (in UTC) are estimated to cost, by tier of the tenants."""
        records = await self._statements.records(
            """
            select t.tier, sum(d.usd) as usd from captionacc.tenant_days d
            join captionacc.tenants t on t.id = d.tenant_id
            where d.day = (now() at time zone 'utc')::date group by t.tier
            """
        )
        return dict.fromkeys(Tier, 0.0) | {Tier(row["tier"]): row["usd"] for row in records}
