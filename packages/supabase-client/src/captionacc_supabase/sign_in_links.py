"""One-time links that sign a browser in."""

from captionacc_supabase.connection.statements import Statements


class SignInLinks:
    """Available as ``session.sign_in_links``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, code_digest: bytes, sealed_token: bytes, lasts_s: float) -> None:
        """Keep a link for ``lasts_s`` seconds, and remove the links that have expired."""
        await self._statements.run(
            "delete from captionacc.sign_in_links where expires_at <= now()",
        )
        await self._statements.run(
            """
            insert into captionacc.sign_in_links (code_digest, sealed_token, expires_at)
            values ($1, $2, now() + make_interval(secs => $3))
            """,
            code_digest,
            sealed_token,
            lasts_s,
        )

    async def take(self, code_digest: bytes) -> bytes | None:
        """Use a link up, and return its sealed token; null if it was used or has expired."""
        taken: bytes | None = await self._statements.value(
            """
            with used as (
                delete from captionacc.sign_in_links where code_digest = $1
                returning sealed_token, expires_at
            )
            select sealed_token from used where expires_at > now()
            """,
            code_digest,
        )
        return taken
