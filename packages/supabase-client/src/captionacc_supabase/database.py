"""The pool, and the transaction that one request or task runs in."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from captionacc_supabase.connection.errors import translated, translated_on
from captionacc_supabase.session import Session

_ROLLBACK_TIMEOUT_S = 2.0
# Transactions wait for nothing but the database. After this time their process is frozen or gone,
# and the locks that it holds keep others from working. The longest computation within a
# transaction, the carry-over of 20,000 captions, takes a few seconds.
_IDLE_IN_TRANSACTION = "idle_in_transaction_session_timeout"
_IDLE_LIMIT = "30s"
# Both ends notice a peer that vanished after a minute: 30 s of silence, then three probes.
_KEEPALIVE_IDLE_S, _KEEPALIVE_INTERVAL_S, _KEEPALIVE_PROBES = 30, 10, 3
_SERVER_GUARDS = {
    _IDLE_IN_TRANSACTION: _IDLE_LIMIT,
    "tcp_keepalives_idle": str(_KEEPALIVE_IDLE_S),
    "tcp_keepalives_interval": str(_KEEPALIVE_INTERVAL_S),
    "tcp_keepalives_count": str(_KEEPALIVE_PROBES),
}
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

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        *,
        acquire_timeout_s: float,
        guard_transactions: bool,
    ) -> None:
        self._pool = pool
        self._acquire_timeout_s = acquire_timeout_s
        self._guard_transactions = guard_transactions

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
                # A pooler refuses settings that it does not know.
                server_settings={
                    "application_name": application_name,
                    **({} if pooled else _SERVER_GUARDS),
                },
                init=_prepare,
                reset=_nothing_to_reset,
            )
        return cls(
            pool,
            acquire_timeout_s=command_timeout_s if acquire_timeout_s is None else acquire_timeout_s,
            guard_transactions=pooled,
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
                if self._guard_transactions:
                    # Behind a pooler, a setting of the session would stay with another's session.
                    with translated_on(connection):
                        await connection.execute(
                            f"set local {_IDLE_IN_TRANSACTION} = '{_IDLE_LIMIT}'"
                        )
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
    _keep_alive(connection)
    # One transaction, so that a pooler keeps the look-up of the type on one server session.
    with translated_on(connection):
        async with connection.transaction():
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode
            )


def _keep_alive(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let the kernel ask whether the server is still there while a connection is idle."""
    # asyncpg opens the socket itself and has no public name for it.
    transport: asyncio.Transport = connection._transport  # type: ignore[attr-defined]
    opened: socket.socket = transport.get_extra_info("socket")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        for option, value in (
            (socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S),
            (socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_S),
            (socket.TCP_KEEPCNT, _KEEPALIVE_PROBES),
        ):
            opened.setsockopt(socket.IPPROTO_TCP, option, value)


async def _nothing_to_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    # Our transactions leave no session state behind, so skip the round trip in which asyncpg would
    # reset the session. asyncpg still rolls back an open transaction.
    return


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()
