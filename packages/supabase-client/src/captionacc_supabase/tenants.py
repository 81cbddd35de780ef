"""Tenants and their tiers."""

from uuid import UUID

from captionacc_contracts.web.operators import LATEST_FAILED, TenantPage, TenantSummary
from captionacc_contracts.work.tiers import Tier

from captionacc_supabase.connection.counted_pages import counted_page
from captionacc_supabase.connection.statements import Statements, decode
from captionacc_supabase.rows import Tenant


class Tenants:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def get(self, tenant_id: UUID) -> Tenant | None:
        return await self._statements.row(
            Tenant, "select * from captionacc.tenants where id = $1", tenant_id
        )

    async def page(self, *, limit: int, offset: int) -> TenantPage:
        """A page of all tenants with what they have and do; those with most work come first.

        Of failed jobs, only the latest 500 of the service count.
        """
        records, total = await counted_page(
            self._statements,
            """
            with states as (
                -- One part per state, because each state has an index of its own.
                select tenant_id, 1 as waiting, 0 as running, 0 as failed
                from captionacc.jobs where state = 'queued'
                union all
                select tenant_id, 0, 1, 0 from captionacc.jobs where state = 'running'
                union all
                select j.tenant_id, 0, 0, 1 from (
                    select id, tenant_id, video_id, kind from captionacc.jobs
                    where state = 'error' order by ended_at desc limit $1
                ) j
                where j.id = (
                    select latest.id from captionacc.jobs latest
                    where latest.video_id = j.video_id and latest.kind = j.kind
                    order by latest.requested_at desc, latest.id desc limit 1
                )
            ),
            jobs as (
                select tenant_id, sum(waiting) as waiting, sum(running) as running,
                    sum(failed) as failed
                from states group by tenant_id
            ),
            videos as (
                select tenant_id, count(*) as videos, sum(size_bytes)::bigint as stored_bytes
                from captionacc.videos group by tenant_id
            ),
            months as (
                select tenant_id, sum(usd)::float8 as usd, sum(video_seconds)::float8 as seconds
                from captionacc.tenant_days
                where day >= date_trunc('month', now() at time zone 'utc')::date
                group by tenant_id
            )
            select t.id as tenant_id, t.name, t.tier, coalesce(v.videos, 0) as videos,
                coalesce(v.stored_bytes, 0) as stored_bytes, coalesce(j.waiting, 0) as waiting,
                coalesce(j.running, 0) as running, coalesce(j.failed, 0) as failed,
                coalesce(m.usd, 0) as month_usd, coalesce(m.seconds, 0) / 60 as month_minutes,
                count(*) over () as total
            from captionacc.tenants t
                left join jobs j on j.tenant_id = t.id
                left join videos v on v.tenant_id = t.id
                left join months m on m.tenant_id = t.id
            order by coalesce(j.waiting, 0) + coalesce(j.running, 0) desc, t.created_at, t.id
            """,
            LATEST_FAILED,
            limit=limit,
            offset=offset,
        )
        return TenantPage(
            items=[decode(dict(record), TenantSummary) for record in records],
            total=total,
        )

    async def upsert(
        self, tenant_id: UUID, name: str, tier: Tier, max_concurrent_jobs: int | None = None
    ) -> Tenant:
        """Insert the tenant, or update its name, tier and limit."""
        tenant = await self._statements.row(
            Tenant,
            """
            insert into captionacc.tenants (id, name, tier, max_concurrent_jobs)
            values ($1, $2, $3, $4)
            on conflict (id) do update set
                name = excluded.name, tier = excluded.tier,
                max_concurrent_jobs = excluded.max_concurrent_jobs
            returning *
            """,
            tenant_id,
            name,
            tier,
            max_concurrent_jobs,
        )
        assert tenant is not None  # noqa: S101  the statement returns its row or raises
        return tenant
