"""The lease of the reconciler: one worker repairs at a time, and a frozen worker stops nobody."""

from datetime import datetime

import msgspec

from captionacc_supabase.connection.statements import Statements


class LastPass(msgspec.Struct, frozen=True, kw_only=True):
    """The last pass that ran to its end; ``age_s`` is on the database's clock.

    Before the first pass ever, the time counts from the migration.
    """

    ended_at: datetime
    age_s: float


class PassLeases:
    """Available as ``session.pass_leases``. A lease ends by itself, so nobody has to free it."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def take(self, owner: str, lease_s: float) -> int | None:
        """Take the lease; return its fencing token, or null while somebody else holds it."""
        token = await self._statements.value(
            """
            update captionacc.reconciler_lease set
                owner = $1, token = nextval('captionacc.lease_tokens'),
                expires_at = now() + make_interval(secs => $2)
            where token is null or expires_at <= now()
            returning token
            """,
            owner,
            lease_s,
        )
        return None if token is None else int(token)

    async def renew(self, token: int, lease_s: float) -> bool:
        """Hold the lease for longer; return whether it was still held.

        A lease that expired is renewed too, unless another worker has taken it.
        """
        renewed = await self._statements.value(
            """
            update captionacc.reconciler_lease set expires_at = now() + make_interval(secs => $2)
            where token = $1 returning true
            """,
            token,
            lease_s,
        )
        return renewed is not None

    async def give_back(self, token: int, *, whole: bool) -> None:
        """Free the lease; ``whole`` says that the pass ran to its end."""
        await self._statements.run(
            """
            update captionacc.reconciler_lease set
                owner = null, token = null, expires_at = null,
                pass_ended_at = case when $2 then now() else pass_ended_at end
            where token = $1
            """,
            token,
            whole,
        )

    async def last_pass(self) -> LastPass:
        """The last pass of any worker."""
        found = await self._statements.row(
            LastPass,
            """
            select pass_ended_at as ended_at,
                extract(epoch from now() - pass_ended_at)::float8 as age_s
            from captionacc.reconciler_lease
            """,
        )
        assert found is not None  # noqa: S101  the migration makes the row
        return found
