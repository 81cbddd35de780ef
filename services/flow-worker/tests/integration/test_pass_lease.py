"""The lease under which one worker repairs at a time, and the metric that says when one did."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from captionacc_flow_worker.upkeep.figures import Figures
from captionacc_flow_worker.upkeep.pass_lease import PassLease
from captionacc_observability.metrics import exposition
from captionacc_supabase.database import Database


@pytest_asyncio.fixture(loop_scope="session")
async def database(database_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_dsn, application_name="test")
    yield opened
    await opened.close()


def lease_of(database: Database, owner: str, lease_s: float = 60.0) -> PassLease:
    return PassLease(database, owner=owner, lease_s=lease_s)


async def done() -> str:
    return "done"


async def test_one_worker_repairs_at_a_time(database: Database) -> None:
    may_end = asyncio.Event()
    begun = asyncio.Event()

    async def work() -> str:
        begun.set()
        await may_end.wait()
        return "whole"

    first = asyncio.create_task(lease_of(database, "first").run(work))
    await begun.wait()
    assert await lease_of(database, "second").run(done) is None
    may_end.set()
    assert await first == "whole"
    assert await lease_of(database, "second").run(done) == "done"


async def test_a_pass_ends_when_another_worker_took_its_lease(database: Database) -> None:
    begun = asyncio.Event()

    async def endless() -> str:
        begun.set()
        await asyncio.Event().wait()
        return "ended"

    first = asyncio.create_task(lease_of(database, "first", lease_s=0.6).run(endless))
    await begun.wait()
    # As after a freeze: the lease ended, and another worker has it.
    async with database.autocommit() as session:
        await session.statements.run(
            "update captionacc.reconciler_lease set owner = 'second', expires_at = now()"
            " + interval '1 hour', token = nextval('captionacc.lease_tokens')"
        )
    async with asyncio.timeout(30):
        assert await first is None
    assert await lease_of(database, "third").run(done) is None


def shown_age_s() -> float:
    body, _ = exposition()
    [line] = [
        line
        for line in body.decode().splitlines()
        if line.startswith("captionacc_reconciler_pass_age_seconds ")
    ]
    return float(line.rpartition(" ")[2])


async def test_the_age_of_the_last_whole_pass_of_any_worker_is_a_metric(
    database: Database,
) -> None:
    async def fails() -> None:
        raise OSError

    async with database.autocommit() as session:
        await session.statements.run(
            "update captionacc.reconciler_lease set pass_ended_at = now() - interval '5 minutes'"
        )
    figures = Figures(database)
    await figures.read()
    assert 300 <= shown_age_s() < 600

    # A worker that tries and fails changes nothing.
    with pytest.raises(OSError):
        await lease_of(database, "another").run(fails)
    await figures.read()
    assert shown_age_s() >= 300

    await lease_of(database, "another").run(done)
    await figures.read()
    assert shown_age_s() < 300
