"""Jobs start and end while a real Prefect server hangs or is dead; it shows them afterwards."""

import dataclasses
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.process import ManagedProcess, start
from captionacc_supabase.rows import Job
from captionacc_testkit import databases
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import Servers, World, open_world

# The longest delay of a start that Prefect may cause.
STARTS_WITHIN_S = 5.0


class OwnPrefect:
    """A Prefect server that a test can stop, in one of two ways, and start again."""

    def __init__(self, server: PrefectServer, process: ManagedProcess) -> None:
        self.server = server
        self._process = process
        self._frozen = False

    def leave(self, how: str) -> None:
        """Hang: connections stay open and nothing answers. Or die: connections are refused."""
        if how == "hang":
            self._signal(signal.SIGSTOP)
        else:
            self._process.kill()
        self._frozen = how == "hang"

    async def come_back(self) -> None:
        if self._frozen:
            self._signal(signal.SIGCONT)
        else:
            self._process = await start(self.server.spec())

    async def stop(self) -> None:
        self._process.kill()
        await self._process.stop(timeout_s=0)

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def prefect(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> AsyncIterator[OwnPrefect]:
    name = await databases.create(postgres_server.dsn("postgres"))
    server = PrefectServer(
        tmp_path_factory.mktemp("prefect"), free_port(), postgres_server.dsn(name)
    )
    own = OwnPrefect(server, await start(server.spec()))
    yield own
    await own.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def away_world(
    database_dsn: str,
    servers_with: Callable[[str], Servers],
    prefect: OwnPrefect,
    tmp_path: Path,
) -> AsyncIterator[World]:
    servers = dataclasses.replace(
        servers_with(database_dsn), prefect_api_url=prefect.server.api_url
    )
    async with open_world(servers, tmp_path) as world:
        yield world


async def run_sql(world: World, sql: str, *arguments: Any) -> None:
    async with world.database.transaction() as session:
        await session.statements.run(sql, *arguments)


async def with_waiting_run(world: World) -> Job:
    """A job that may not start yet, and whose run waits in Prefect."""
    tenant_id = await world.tenant()
    job = await world.enqueue(tenant_id, await world.video(tenant_id), knob="sleep=1")
    later = "update captionacc.jobs set not_before = now() + interval '1 hour' where id = $1"
    await run_sql(world, later, job.id)

    async def waits() -> bool:
        return (await world.job(job.id)).flow_run_id is not None

    await eventually(waits, 40)
    return job


async def shown(world: World, run_id: UUID | None, what: str) -> list[dict[str, Any]]:
    answer = await world.prefect.post(
        f"/{what}/filter", json={what: {"flow_run_id": {"any_": [str(run_id)]}}}
    )
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


async def delay_of(world: World, job: Job) -> float:
    """Seconds from the moment when the job could start to its first attempt."""
    started = (await world.job(job.id)).started_at
    assert started is not None
    return (started - job.requested_at).total_seconds()


# The outage, and the start of the server after it, take longer than other tests.
@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["hang", "die"])
async def test_jobs_start_and_end_while_prefect_is_away_and_are_shown_afterwards(
    away_world: World, prefect: OwnPrefect, how: str
) -> None:
    world = away_world
    worker = await world.start_worker().in_prefect()
    running = await world.new_job("sleep=4")
    await world.until_run_state(running.id, "Running", 40)
    waiting = await with_waiting_run(world)
    waiting_run = (await world.job(waiting.id)).flow_run_id
    prefect.leave(how)

    # The worker does not know yet that Prefect is away.
    first = await world.new_job("sleep=1")
    await run_sql(world, "update captionacc.jobs set not_before = null where id = $1", waiting.id)
    for job in (first, waiting, running):
        await world.until_state(job.id, "done", 60)
    second = await world.new_job()
    failing = await world.new_job("permanent")
    long = await world.new_job("sleep=40")
    await world.until_state(second.id, "done", 30)
    await world.until_state(failing.id, "error", 30)
    await world.until_calling(long.id)
    for job in (first, second, failing, long):
        assert await delay_of(world, job) < STARTS_WITHIN_S
    assert (await world.job(first.id)).flow_run_id is None
    for job in (first, waiting, running, second):
        assert (await world.job(job.id)).attempt == 1
    await prefect.come_back()

    for job in (running, waiting, first, second):
        await eventually(lambda job=job: _has_run(world, job.id), 60)  # type: ignore[misc]
        await world.until_run_state(job.id, "Completed", 60)
    await world.until_run_state(failing.id, "Failed", 60)
    # Prefect shows the attempt that goes on as well.
    await eventually(lambda: _has_run(world, long.id), 30)
    await world.until_run_state(long.id, "Running", 30)
    assert (await world.job(waiting.id)).flow_run_id == waiting_run

    row = await world.job(second.id)
    run = await world.run(row.flow_run_id)
    assert sorted(run["tags"]) == sorted(row.tags)
    assert run["start_time"] is not None

    async def has_details() -> bool:
        message = (await world.run(row.flow_run_id))["state"]["message"]
        assert "while Prefect was away" in message
        artifacts = {one["key"] for one in await shown(world, row.flow_run_id, "artifacts")}
        assert artifacts == {"found", "cost-estimate", "suggested-crop"}
        lines = [line["message"] for line in await shown(world, row.flow_run_id, "logs")]
        assert any("Prefect is away" in line for line in lines)
        stages = await _stages(world, row.flow_run_id)
        assert "extract_frames_and_ocr" in stages
        stage = stages["extract_frames_and_ocr"]
        assert stage["state_name"] == "Completed"
        assert row.started_at is not None
        assert row.ended_at is not None
        # The stage has the times at which it ran, not those of the report.
        assert row.started_at.isoformat()[:16] <= stage["start_time"][:16]
        assert stage["end_time"][:19] <= row.ended_at.isoformat()[:19]
        return True

    await eventually(has_details, 60)
    # New jobs run as flows again.
    last = await world.new_job()
    await world.until_state(last.id, "done", 30)
    await world.until_run_state(last.id, "Completed", 30)
    message = (await world.run((await world.job(last.id)).flow_run_id))["state"]["message"]
    assert "away" not in message
    await world.until_run_state(long.id, "Completed", 90)
    assert len([line for line in world.ledger if line.startswith("start")]) == 7
    assert worker.process.poll() is None


async def test_a_worker_that_starts_without_prefect_works(
    away_world: World, prefect: OwnPrefect
) -> None:
    world = away_world
    prefect.leave("hang")
    try:
        first = await world.start_worker().ready()
        job = await world.new_job()
        await world.until_state(job.id, "done", 30)
        assert await delay_of(world, job) < STARTS_WITHIN_S
        # What the worker had to tell is lost with it.
        first.kill()
        await run_sql(
            world,
            """
            update captionacc.jobs set started_at = started_at - interval '2 minutes',
                ended_at = ended_at - interval '2 minutes' where id = $1
            """,
            job.id,
        )
    finally:
        await prefect.come_back()
    world.start_worker()

    await eventually(lambda: _has_run(world, job.id), 90)
    await world.until_run_state(job.id, "Completed", 30)
    message = (await world.run((await world.job(job.id)).flow_run_id))["state"]["message"]
    assert "while Prefect was away" in message


async def _has_run(world: World, job_id: UUID) -> bool:
    return (await world.job(job_id)).flow_run_id is not None


async def _stages(world: World, run_id: UUID | None) -> dict[str, dict[str, Any]]:
    answer = await world.prefect.post(
        "/task_runs/filter", json={"flow_runs": {"id": {"any_": [str(run_id)]}}}
    )
    return {one["name"]: one for one in answer.raise_for_status().json()}
