"""The webhook trigger and its local relay: the bytes that Supabase would send, and when."""

import asyncio
import hmac
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from captionacc_contracts.webhooks import SIGNATURE_HEADER, signature
from captionacc_stack.backing import migrations_directory
from captionacc_supabase.migrate import Webhook, migrate
from captionacc_testkit.waiting import eventually

if TYPE_CHECKING:
    from asyncpg import Connection, Record


SECRET = 'it\'s "so"'


class Receiver:
    """An HTTP server that keeps the raw head and body of each request."""

    def __init__(self, status: int = 200) -> None:
        self.requests: list[tuple[list[str], bytes]] = []
        self.status = status
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        length = next(
            int(line.split(":")[1]) for line in head if line.lower().startswith("content-l")
        )
        self.requests.append((head, await reader.readexactly(length)))
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self


@asynccontextmanager
async def relaying(dsn: str, **settings: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "captionacc_webhook_gateway.webhook_relay",
        env={**os.environ, "SUPABASE_DB_DIRECT_URL": dsn, "LOG_FORMAT": "json", **settings},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().serving() as serving:
        yield serving


@pytest.fixture
async def connection(database_dsn: str, receiver: Receiver) -> AsyncIterator["Connection[Record]"]:
    await migrate(
        database_dsn,
        migrations_directory(),
        local=True,
        webhook=Webhook(
            url=f"http://127.0.0.1:{receiver.port}/webhooks/supabase/videos", secret=SECRET
        ),
    )
    opened = await asyncpg.connect(database_dsn)
    yield opened
    await opened.close()


INSERT = (
    "insert into captionacc.videos (id, tenant_id, display_name, size_bytes) values ($1,$2,$3,$4)"
)


async def test_the_relay_touches_a_file_while_it_reads_the_queue(
    database_dsn: str, connection: "Connection[Record]", receiver: Receiver, tmp_path: Path
) -> None:
    """The health check of its container looks at the file."""
    alive = tmp_path / "alive"
    async with relaying(database_dsn, RELAY_ALIVE_FILE=str(alive)):
        await eventually(alive.exists, timeout_s=60, what="the relay reads the queue")
        alive.unlink()
        await connection.execute(INSERT, uuid.uuid4(), uuid.uuid4(), "film.mp4", 1)
        await eventually(alive.exists, what="the relay reads the queue again")


async def test_a_committed_insert_is_posted_as_supabase_posts_it(
    database_dsn: str, connection: "Connection[Record]", receiver: Receiver
) -> None:
    tenant, video = uuid.uuid4(), uuid.uuid4()
    other = await asyncpg.connect(database_dsn)
    async with relaying(database_dsn):
        async with connection.transaction():
            await connection.execute(INSERT, video, tenant, '视频 "a".mp4', 12345678901234)
            await other.execute(INSERT, uuid.uuid4(), uuid.uuid4(), "committed meanwhile", 1)
            await eventually(lambda: receiver.requests, what="the other webhook arrives")
            assert str(video).encode() not in receiver.requests[0][1]
            receiver.requests.clear()
        await eventually(lambda: receiver.requests, what="the webhook arrives")
    await other.close()
    ((head, body),) = receiver.requests
    assert head[0] == "POST /webhooks/supabase/videos HTTP/1.1"
    headers = {line.split(":")[0].lower(): line.split(": ")[1] for line in head[1:]}
    signed_at = int(headers[SIGNATURE_HEADER.lower()].partition(",")[0].removeprefix("t="))
    assert abs(signed_at - time.time()) < 60
    assert headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-type": "application/json",
        SIGNATURE_HEADER.lower(): signature(SECRET, body, signed_at),
        "user-agent": "pg_net/0.20.4-local",
        "accept": "*/*",
        "content-length": str(len(body)),
    }
    event = json.loads(body)
    assert list(event) == ["type", "table", "record", "schema", "old_record"]
    assert (event["type"], event["table"], event["schema"]) == ("INSERT", "videos", "captionacc")
    assert event["old_record"] is None
    record = event["record"]
    assert (record["id"], record["tenant_id"]) == (str(video), str(tenant))
    assert (record["display_name"], record["size_bytes"]) == ('视频 "a".mp4', 12345678901234)
    assert record["status"] == "uploaded"
    assert "视频".encode() in body
    text = await connection.fetchval("select $1::jsonb::text", body.decode())
    assert text.encode() == body


async def test_nothing_is_posted_after_a_rollback(
    database_dsn: str, connection: "Connection[Record]", receiver: Receiver
) -> None:
    kept = uuid.uuid4()
    async with relaying(database_dsn):
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(INSERT, uuid.uuid4(), uuid.uuid4(), "rolled back", 1)
        await transaction.rollback()
        await connection.execute(INSERT, kept, uuid.uuid4(), "kept", 1)
        await eventually(lambda: receiver.requests, what="the webhook arrives")
        assert await connection.fetchval("select count(*) from net.http_request_queue") == 0
    assert [json.loads(body)["record"]["id"] for _, body in receiver.requests] == [str(kept)]


async def test_waiting_webhooks_are_posted_once_even_when_they_are_refused(
    database_dsn: str, connection: "Connection[Record]", receiver: Receiver
) -> None:
    receiver.status = 500
    tenant = uuid.uuid4()
    await connection.executemany(
        INSERT, [(uuid.uuid4(), tenant, f"video {number}", 1) for number in range(450)]
    )
    async with relaying(database_dsn):
        await eventually(lambda: len(receiver.requests) == 450, 30, what="all webhooks arrive")
        ids = {json.loads(body)["record"]["id"] for _, body in receiver.requests}
        assert len(ids) == 450
        assert await connection.fetchval("select count(*) from net.http_request_queue") == 0


async def test_a_request_that_cannot_be_sent_does_not_stop_others(
    database_dsn: str, connection: "Connection[Record]", receiver: Receiver
) -> None:
    await connection.execute(
        """
        insert into net.http_request_queue (url, method, headers, body, timeout_milliseconds)
        values ($1, 'POST', '{"Authorization": "Bearer 密码"}', '{}', 1000)
        """,
        f"http://127.0.0.1:{receiver.port}/hook",
    )
    async with relaying(database_dsn):
        await connection.execute(INSERT, uuid.uuid4(), uuid.uuid4(), "one", 1)
        await eventually(lambda: receiver.requests, what="the webhook arrives")


async def test_making_the_webhook_again_moves_it(
    database_dsn: str, connection: "Connection[Record]", receiver: Receiver
) -> None:
    await migrate(
        database_dsn,
        migrations_directory(),
        local=True,
        webhook=Webhook(url=f"http://127.0.0.1:{receiver.port}/other", secret="new"),
    )
    async with relaying(database_dsn):
        await connection.execute(INSERT, uuid.uuid4(), uuid.uuid4(), "one", 1)
        await eventually(lambda: receiver.requests, what="the webhook arrives")
    ((head, body),) = receiver.requests
    assert head[0] == "POST /other HTTP/1.1"
    [shown] = [line for line in head if line.startswith(f"{SIGNATURE_HEADER}: ")]
    signed_at = int(shown.partition("t=")[2].partition(",")[0])
    assert shown == f"{SIGNATURE_HEADER}: {signature('new', body, signed_at)}"


async def test_a_video_is_inserted_even_when_vault_lost_the_secret(
    connection: "Connection[Record]",
) -> None:
    await connection.execute("delete from vault.secrets")
    warnings: list[str] = []
    connection.add_log_listener(lambda _, message: warnings.append(str(message)))
    video = uuid.uuid4()
    await connection.execute(INSERT, video, uuid.uuid4(), "one", 1)
    assert await connection.fetchval("select id from captionacc.videos") == video
    await eventually(lambda: "captionacc_webhook_secret" in str(warnings), what="a warning")


async def test_the_signature_is_the_hmac_of_the_contracts(connection: "Connection[Record]") -> None:
    for key, message in (("", b""), ("k", b"x"), ("长" * 70, b"long key"), ("k" * 64, b"\x00\xff")):
        found = await connection.fetchval(
            "select captionacc.hmac_sha256($1::bytea, $2::bytea)", key.encode(), message
        )
        assert found == hmac.digest(key.encode(), message, "sha256")
