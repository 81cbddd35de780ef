"""Tenants and their tiers."""

from uuid import UUID

from captionacc_contracts.work.tiers import Tier

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Tenant


class Tenants:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def get(self, tenant_id: UUID) -> Tenant | None:
        return await self._statements.row(
            Tenant, "select * from captionacc.tenants where id = $1", tenant_id
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
