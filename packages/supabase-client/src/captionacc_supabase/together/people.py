"""The names of users, as their tokens have them."""

from uuid import UUID

from captionacc_contracts.web.together import PersonView

from captionacc_supabase.connection.statements import Statements


class People:
    """Available as ``session.people``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def note(self, tenant_id: UUID, person: PersonView) -> None:
        """Remember what the person is called now."""
        await self._statements.run(
            """
            insert into captionacc.people (tenant_id, user_id, name, email)
            values ($1, $2, $3, $4)
            on conflict (tenant_id, user_id) do update
                set name = excluded.name, email = excluded.email, noted_at = now()
            """,
            tenant_id,
            person.id,
            person.name,
            person.email,
        )

    async def of_tenant(self, tenant_id: UUID, limit: int) -> list[PersonView]:
        """The people of the tenant, those noted last first."""
        return await self._statements.rows(
            PersonView,
            """
            select user_id as id, name, email from captionacc.people
            where tenant_id = $1 order by noted_at desc, user_id limit $2
            """,
            tenant_id,
            limit,
        )
