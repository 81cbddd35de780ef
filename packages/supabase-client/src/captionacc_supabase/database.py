"""The pool, and the transaction that one request or task runs in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from captionacc_supabase.connection.errors import translated, translated_on
from captionacc_supabase.session import Session

_ROLLBACK_TIMEOUT_S = 2.0
# Errors of a connection that is closed or no longer usable.
_BROKEN = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


class Database:
    """Postgres behind a pool. ``name`` and ``ping`` make it a readiness check."""

    name = "postgres"

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", *, acquire_timeout_s: float) -> None:
        self._pool = pool
        self._acquire_timeout_s = acquire_timeout_s

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        application_name: str,
        min_size: int = 1,
        max_size: int = 10,
        pooled: bool = False,
        command_timeout_s: float = 10,
        acquire_timeout_s: float | None = None,
    ) -> "Database":
        """Open the pool; ``pooled`` means that a transaction pooler sits in front of Postgres.

        A transaction waits ``acquire_timeout_s`` for a free connection, by default as long as a
        command may take.

        Raises:
            TransientError: ``database_unavailable``.
        """
        with translated():
            pool = await asyncpg.create_pool(
                dsn,
                min_size=min_size,
                max_size=max_size,
                command_timeout=command_timeout_s,
                timeout=command_timeout_s,
                # A transaction pooler hands each transaction to another server session.
                statement_cache_size=0 if pooled else 100,
                server_settings={"application_name": application_name},
                init=_prepare,
                reset=_nothing_to_reset,
            )
        return cls(
            pool,
            acquire_timeout_s=command_timeout_s if acquire_timeout_s is None else acquire_timeout_s,
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Open a session whose work is committed at the end, or rolled back when the body raises.

        Raises:
            TransientError: ``database_unavailable``; whether a commit that was cut off took
                effect is unknown, so the caller must try the same work again.
        """
        async with self._connection() as connection:
            transaction = connection.transaction()
            with translated_on(connection):
                await transaction.start()
            try:
                session = Session.on(connection)
                yield session
                await session.announcements.flush()
            except BaseException:
                await _roll_back(connection, transaction)
                raise
            with translated_on(connection):
                await transaction.commit()

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[Session]:
        """Open a session without a transaction, for reads and for writes without announcements.

        Raises:
            TransientError: ``database_unavailable``.
        """
        async with self._connection() as connection:
            yield Session.on(connection)

    @asynccontextmanager
    async def _connection(
        self,
    ) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"]:
        with translated(self._pool.is_closing):
            connection = await self._pool.acquire(timeout=self._acquire_timeout_s)
        try:
            yield connection
        finally:
            with contextlib.suppress(*_BROKEN):
                await self._pool.release(connection, timeout=self._acquire_timeout_s)

    async def ping(self) -> None:
        """Return when Postgres answers.

        Raises:
            TransientError: ``database_unavailable``.
        """
        async with self._connection() as connection:
            try:
                with translated_on(connection):
                    await connection.fetchval("select 1")
            except BaseException:
                # The release of a connection with a cancelled query waits for the server, which
                # may hang; the release of a closed connection does not.
                with contextlib.suppress(asyncpg.InterfaceError):
                    connection.terminate()
                raise

    async def close(self) -> None:
        """Close every connection; wait for work under way, at most for one command time-out."""
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._pool.close()
        except (TimeoutError, OSError, asyncpg.InterfaceError):
            self._pool.terminate()


async def _roll_back(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
    transaction: "asyncpg.transaction.Transaction",
) -> None:
    try:
        async with asyncio.timeout(_ROLLBACK_TIMEOUT_S):
            await transaction.rollback()
    except _BROKEN:
        # The connection is broken, or busy with a statement whose cancel request got lost (this
        # happens when it overtakes the statement). The server rolls back on disconnect.
        with contextlib.suppress(asyncpg.InterfaceError):  # the pool has released it already
            connection.terminate()


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # One transaction, so that a pooler keeps the look-up of the type on one server session.
    with translated_on(connection):
        async with connection.transaction():
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode
            )


async def _nothing_to_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    # Our transactions leave no session state behind, so skip the round trip in which asyncpg would
    # reset the session. asyncpg still rolls back an open transaction.
    return


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()
