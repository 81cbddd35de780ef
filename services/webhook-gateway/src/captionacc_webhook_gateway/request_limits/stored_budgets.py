"""The budgets of requests in Postgres."""

from captionacc_supabase.database import Database


class StoredBudgets:
    """Takes tokens from the budgets that all gateways share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, key: str, wanted: float, per_second: float, burst: float) -> float:
        """Take up to ``wanted`` tokens; return how many there were.

        Raises:
            TransientError: ``database_unavailable``.
        """
        async with self._database.autocommit() as session:
            return await session.request_budgets.take(key, wanted, per_second, burst)
