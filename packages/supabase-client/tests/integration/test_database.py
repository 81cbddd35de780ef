"""The pool and its transactions: atomic, with translated errors, also behind a pooler."""

import asyncio
import sys
import uuid
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.jobs import InitialProcessing
from captionacc_contracts.work.states import JobState
from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.connection.errors import translated
from captionacc_supabase.database import Database
from captionacc_supabase.rows import NewVideo
from captionacc_supabase.session import Session

if TYPE_CHECKING:
    from conftest import Scene


async def write_and_fail(
    opening: AbstractAsyncContextManager[Session], tenant_id: uuid.UUID
) -> None:
    async with opening as session:
        await session.tenants.upsert(tenant_id, "written", Tier.FREE)
        raise RuntimeError


async def test_a_transaction_that_raises_is_rolled_back(database: Database) -> None:
    tenant_id = uuid.uuid4()
    with pytest.raises(RuntimeError):
        await write_and_fail(database.transaction(), tenant_id)
    async with database.transaction() as session:
        assert await session.tenants.get(tenant_id) is None


async def test_wrong_use_is_not_a_transient_error(database: Database) -> None:
    for arguments in (("not a number",), (1, 2)):
        with pytest.raises((asyncpg.InterfaceError, asyncpg.DataError)):
            async with database.transaction() as session:
                await session.statements.run("select $1::int", *arguments)


async def test_a_cancelled_task_leaves_nothing_and_no_connection_behind(database: Database) -> None:
    async def work(tenant_id: uuid.UUID, inside: asyncio.Event) -> None:
        async with database.transaction() as session:
            await session.tenants.upsert(tenant_id, "gone", Tier.FREE)
            inside.set()
            await session.statements.run("select pg_sleep(30)")

    # More tasks than the pool has connections. Each uses its own row, because when the cancellation
    # of a statement is lost, the server keeps the statement's locks until it ends.
    tenants = [uuid.uuid4() for _ in range(25)]
    for tenant_id in tenants:
        inside = asyncio.Event()
        task = asyncio.create_task(work(tenant_id, inside))
        async with asyncio.timeout(20):
            await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with database.transaction() as session:
        assert [await session.tenants.get(tenant_id) for tenant_id in tenants] == [None] * 25


async def test_a_connection_with_a_broken_protocol_state_is_a_transient_error() -> None:
    # What asyncpg raises on a connection whose server crashed between two statements.
    with pytest.raises(TransientError) as caught, translated():
        raise asyncpg.InternalClientError("cannot switch to state 15")
    assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE


async def test_a_missing_server_is_a_transient_error_without_the_password() -> None:
    with pytest.raises(TransientError) as caught:
        await Database.connect("postgresql://u:s3cret@127.0.0.1:1/x", application_name="test")
    assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE
    assert "s3cret" not in str(caught.value)


async def test_a_cut_connection_is_a_transient_error_and_the_pool_recovers(
    database: Database,
) -> None:
    with pytest.raises(TransientError) as caught:
        async with database.transaction() as session:
            await session.statements.run("select pg_terminate_backend(pg_backend_pid())")
    assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE
    await database.ping()


async def test_a_closed_connection_is_a_transient_error_for_every_statement(
    database: Database,
) -> None:
    async with database.autocommit() as session:
        # The first statement loses the connection; the second finds it closed.
        for _ in range(2):
            with pytest.raises(TransientError) as caught:
                await session.statements.run("select pg_terminate_backend(pg_backend_pid())")
            assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE
    await database.ping()


async def test_a_closed_pool_is_a_transient_error(database_dsn: str) -> None:
    database = await Database.connect(database_dsn, application_name="test")
    await database.close()
    with pytest.raises(TransientError):
        await database.ping()
    with pytest.raises(TransientError):
        async with database.transaction():
            pass


async def test_two_statements_at_once_on_a_session_are_wrong_use(database: Database) -> None:
    async with database.autocommit() as session:
        with pytest.raises(asyncpg.InterfaceError, match="in progress"):
            await asyncio.gather(*(session.statements.value("select 1") for _ in range(2)))


async def test_a_slow_statement_is_cut_off(database_dsn: str) -> None:
    database = await Database.connect(database_dsn, application_name="test", command_timeout_s=0.5)
    with pytest.raises(TransientError):
        async with database.transaction() as session:
            await session.statements.run("select pg_sleep(30)")
    await database.ping()
    await database.close()


async def test_a_wait_for_a_connection_has_its_own_limit(database_dsn: str) -> None:
    database = await Database.connect(
        database_dsn, application_name="test", max_size=1, acquire_timeout_s=0.1
    )
    async with database.transaction(), asyncio.timeout(5):
        with pytest.raises(TransientError) as caught:
            async with database.transaction():
                pass
        assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE
    await database.close()


async def test_without_a_transaction_each_statement_stands_alone(database: Database) -> None:
    tenant_id = uuid.uuid4()
    with pytest.raises(RuntimeError):
        await write_and_fail(database.autocommit(), tenant_id)
    async with database.autocommit() as session:
        tenant = await session.tenants.get(tenant_id)
    assert tenant is not None
    assert tenant.name == "written"


async def test_a_transaction_leaves_no_state_for_the_next_one(database_dsn: str) -> None:
    database = await Database.connect(database_dsn, application_name="test", max_size=1)

    async def fail() -> None:
        async with database.transaction() as session:
            await session.statements.run("select pg_advisory_xact_lock(7)")
            await session.statements.run("set local statement_timeout = 12345")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.autocommit() as session:
        held = "select count(*) from pg_locks where locktype = 'advisory'"
        assert await session.statements.value(held) == 0
        assert await session.statements.value("show statement_timeout") != "12345ms"
    await database.close()


async def test_behind_a_transaction_pooler_no_statement_outlives_its_transaction(
    database_dsn: str,
) -> None:
    database = await Database.connect(database_dsn, application_name="test", pooled=True)
    async with database.transaction() as session:
        await session.videos.insert(
            NewVideo(id=uuid.uuid4(), tenant_id=uuid.uuid4(), display_name="a")
        )
        assert await session.statements.values("select name from pg_prepared_statements") == []
    await database.close()


@pytest.mark.parametrize("pooled", [False, True])
async def test_postgres_ends_the_transaction_of_a_frozen_process(
    database_dsn: str, *, pooled: bool
) -> None:
    database = await Database.connect(database_dsn, application_name="test", pooled=pooled)
    async with database.transaction() as session:
        limit = await session.statements.value("show idle_in_transaction_session_timeout")
    assert limit == "30s"
    if not pooled:
        async with database.autocommit() as session:
            assert await session.statements.value("show tcp_keepalives_idle") == "30"
    await database.close()


def timers_of_socket(port: int) -> list[str]:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [line[5].split(":")[0] for line in lines if line[1].endswith(f":{port:04X}")]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's table of sockets")
async def test_the_kernel_asks_whether_the_server_is_still_there(database: Database) -> None:
    async with database.autocommit() as session:
        port = await session.statements.value("select inet_client_port()")
    # 02 is the timer that sends keep-alive probes.
    assert timers_of_socket(port) == ["02"]


async def test_an_id_that_is_taken_is_a_conflict(scene: "Scene") -> None:
    video_id = await scene.video()
    with pytest.raises(PermanentError) as caught:
        async with scene.database.transaction() as session:
            await session.videos.insert(
                NewVideo(id=video_id, tenant_id=scene.tenant_id, display_name="b")
            )
    assert caught.value.code is ErrorCode.STATE_CONFLICT


async def test_tenants_are_made_by_their_first_video_and_keep_their_tier(scene: "Scene") -> None:
    async with scene.database.transaction() as session:
        await session.tenants.upsert(scene.tenant_id, "Studio", Tier.ENTERPRISE, 3)
    await scene.video()
    newcomer = uuid.uuid4()
    await scene.video(newcomer)
    async with scene.database.transaction() as session:
        studio = await session.tenants.get(scene.tenant_id)
        new = await session.tenants.get(newcomer)
    assert studio is not None
    assert new is not None
    assert (studio.name, studio.tier, studio.max_concurrent_jobs) == ("Studio", "enterprise", 3)
    assert (new.name, new.tier, new.max_concurrent_jobs) == ("", "free", None)


async def test_many_transactions_at_once_end_without_deadlock(scene: "Scene") -> None:
    """Eight tasks request, claim, cancel and reclaim jobs of the same videos at the same time."""
    videos = [await scene.video() for _ in range(4)]

    async def churn(number: int) -> None:
        for turn in range(8):
            video_id = videos[(number + turn) % len(videos)]
            async with scene.database.transaction() as session:
                await session.jobs.reclaim_expired()
            async with scene.database.transaction() as session:
                job, _ = await session.jobs.enqueue(
                    scene.new_job(video_id, InitialProcessing(video_key="k"))
                )
            async with scene.database.transaction() as session:
                claimed = await session.jobs.claim(job.id, f"w{number}", 60)
            async with scene.database.transaction() as session:
                await session.jobs.request_cancel(job.id)
            if claimed and claimed.lease:
                async with scene.database.transaction() as session:
                    await session.jobs.cancelled(claimed.lease)

    await asyncio.gather(*map(churn, range(8)))
    # Every round cancels its job last, so nothing waits or runs at the end.
    async with scene.database.transaction() as session:
        assert (await session.jobs.heads(), await session.jobs.in_progress()) == ([], {})
        for video_id in videos:
            jobs = await session.jobs.for_video(video_id)
            assert jobs
            assert {job.state for job in jobs} == {JobState.CANCELLED}
    for video_id in videos:
        error = (await scene.read(video_id)).error
        assert error is not None
        assert error.code is ErrorCode.CANCELLED
