"""A stand-in for pg_net: posts the requests that ``net.http_post`` queued.

It loses requests as pg_net does: it removes a row from the queue when it takes it, sends each
request once, many at a time and not in order, and drops a request that fails. The reconciler finds
the videos whose webhook was lost.

Run as ``python -m captionacc_webhook_gateway.webhook_relay`` beside a Postgres without pg_net: in
the local stack and in the compose stack.
"""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
from captionacc_contracts.errors import TransientError
from captionacc_observability.logging import LogLevel, configure_logging, get_logger
from captionacc_observability.settings import load_or_exit
from captionacc_supabase.connection.listener import listen
from captionacc_supabase.database import Database
from captionacc_supabase.webhook_requests import (
    CHANNEL,
    WebhookRequest,
    take_webhook_requests,
)

USER_AGENT = "pg_net/0.20.4-local"
# The batch size of pg_net, which sends the requests of a batch at the same time.
PARALLEL = 200

_LOG = get_logger(__name__)
# Finds requests whose notification was lost.
_POLL_S = 5.0
_DATABASE_PAUSE_S = 1.0


class RelaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """When both addresses are set, the direct one is used: LISTEN needs a separate session."""

    supabase_db_url: Annotated[str, msgspec.Meta(description="Postgres connection string.")] = ""
    supabase_db_direct_url: Annotated[
        str, msgspec.Meta(description="Postgres without a transaction pooler in between.")
    ] = ""
    relay_alive_file: Annotated[
        str | None,
        msgspec.Meta(
            description="File whose time of change is set while Postgres answers, for a container's"
            " health check."
        ),
    ] = None
    log_level: LogLevel = "INFO"

    def __post_init__(self) -> None:
        if not self.dsn:
            message = "SUPABASE_DB_URL is not set."
            raise ValueError(message)

    @property
    def dsn(self) -> str:
        return self.supabase_db_direct_url or self.supabase_db_url


async def post(client: httpx.AsyncClient, request: WebhookRequest) -> None:
    """Send the request once and log the outcome."""
    timeout_s = request.timeout_milliseconds / 1000
    try:
        async with asyncio.timeout(timeout_s):
            response = await client.post(
                request.url,
                content=request.body,
                headers={**request.headers, "User-Agent": USER_AGENT, "Accept": "*/*"},
                timeout=timeout_s,
            )
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        _LOG.warning("webhook_dropped", request_id=request.id, reason=type(error).__name__)
        return
    _LOG.info("webhook_sent", request_id=request.id, status=response.status_code)


async def relay(dsn: str, alive: Path | None = None) -> None:
    """Post every request that arrives in the queue, until cancelled.

    Touch ``alive`` each time that the queue was read, at least every ``_POLL_S``.
    """
    arrived = asyncio.Event()
    limits = httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=0)
    async with (
        httpx.AsyncClient(limits=limits, follow_redirects=True) as client,
        listen(dsn, [CHANNEL], lambda *_: arrived.set(), application_name="webhook-relay"),
        asyncio.TaskGroup() as sending,
    ):
        client.headers.clear()
        database = await _connect(dsn)
        running: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            if len(running) == PARALLEL:
                arrived.set()
            running.discard(task)

        try:
            while True:
                arrived.clear()
                room = PARALLEL - len(running)
                requests = await _take_or_none(database, room) if room else []
                if requests is not None and alive is not None:
                    await asyncio.to_thread(alive.touch)
                for request in requests or []:
                    task = sending.create_task(post(client, request))
                    running.add(task)
                    task.add_done_callback(ended)
                try:
                    async with asyncio.timeout(_POLL_S):
                        await arrived.wait()
                except TimeoutError:
                    continue
        finally:
            await database.close()


async def _connect(dsn: str) -> Database:
    while True:
        try:
            return await Database.connect(dsn, application_name="webhook-relay", max_size=2)
        except TransientError as error:
            _LOG.warning("database_away", reason=str(error))
            await asyncio.sleep(_DATABASE_PAUSE_S)


async def _take_or_none(database: Database, limit: int) -> list[WebhookRequest] | None:
    """Take requests from the queue, or return None when Postgres does not answer."""
    try:
        async with database.transaction() as session:
            return await take_webhook_requests(session, limit)
    except TransientError as error:
        _LOG.warning("database_away", reason=str(error))
        return None


async def _serve(settings: RelaySettings) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  a coroutine that runs has a task
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, task.cancel)
    try:
        await relay(
            settings.dsn,
            None if settings.relay_alive_file is None else Path(settings.relay_alive_file),
        )
    except asyncio.CancelledError:
        _LOG.info("stopped")


def main() -> None:
    settings = load_or_exit(RelaySettings)
    configure_logging("webhook-relay", level=settings.log_level)
    asyncio.run(_serve(settings))


if __name__ == "__main__":
    main()
