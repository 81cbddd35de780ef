"""Token buckets of requests, shared by all gateways."""

from captionacc_supabase.connection.statements import Statements


class RequestBudgets:
    """Available as ``session.request_budgets``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def take(self, key: str, wanted: float, per_second: float, burst: float) -> float:
        """Take up to ``wanted`` whole tokens of the key; return how many there were.

        ``per_second`` tokens are added each second, up to ``burst``. A new key has ``burst``.
        """
        taken = await self._statements.value(
            "select captionacc.take_requests($1, $2, $3, $4)", key, wanted, per_second, burst
        )
        return float(taken)

    async def forget(self, unused_s: float) -> None:
        """Delete the budgets of keys that took nothing for so long; they are full again by now."""
        await self._statements.run(
            """
            delete from captionacc.request_budgets
            where refilled_at < now() - make_interval(secs => $1)
            """,
            unused_s,
        )
