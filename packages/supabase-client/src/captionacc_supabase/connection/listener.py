"""LISTEN on its own connection, so that work starts at once; callers also poll as a backup."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
from captionacc_observability.logging import get_logger

_LOG = get_logger(__name__)
_CONNECT_TIMEOUT_S = 10.0
_LONGEST_PAUSE_S = 15.0
_CHECK_EVERY_S = 30.0

Wake = Callable[[str, str], None]


@asynccontextmanager
async def listen(
    dsn: str,
    channels: Sequence[str],
    wake: Wake,
    *,
    application_name: str = "captionacc-listener",
) -> AsyncIterator[None]:
    """Call ``wake(channel, payload)`` for each notification while the context is open.

    ``dsn`` leads to Postgres itself or a session pooler. A lost connection is made again;
    notifications sent meanwhile are lost, so each new connection calls ``wake(channel, "")``.
    Entering the context waits for the first attempt to connect, which may fail. ``wake`` must not
    block.

    Raises:
        asyncpg.ClientConfigurationError: ``dsn`` is malformed.
    """
    tried = asyncio.Event()
    task = asyncio.create_task(_keep_listening(dsn, channels, wake, application_name, tried))
    task.add_done_callback(lambda _: tried.set())
    try:
        await tried.wait()
        if task.done():
            await task
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_listening(
    dsn: str, channels: Sequence[str], wake: Wake, application_name: str, tried: asyncio.Event
) -> None:
    pause_s = 0.2
    while True:
        try:
            connection = await asyncpg.connect(
                dsn,
                timeout=_CONNECT_TIMEOUT_S,
                command_timeout=_CONNECT_TIMEOUT_S,
                statement_cache_size=0,
                server_settings={"application_name": application_name},
            )
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
                for channel in channels:
                    await connection.add_listener(
                        channel,
                        lambda _connection, _pid, channel, payload: wake(channel, str(payload)),
                    )
                pause_s = 0.2
                tried.set()
                for channel in channels:
                    wake(channel, "")
                await _until_lost(connection, lost)
            finally:
                connection.terminate()
        except asyncpg.ClientConfigurationError:
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            _LOG.warning("listener_disconnected", reason=type(error).__name__, pause_s=pause_s)
        tried.set()
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


async def _until_lost(
    connection: "asyncpg.Connection[asyncpg.Record]", lost: asyncio.Event
) -> None:
    while not lost.is_set():
        try:
            async with asyncio.timeout(_CHECK_EVERY_S):
                await lost.wait()
        except TimeoutError:
            # Only a query reveals a peer that vanished without closing the connection.
            await connection.execute("select 1")
