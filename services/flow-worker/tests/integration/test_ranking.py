"""The order of waiting jobs follows the clock and the policy of the database."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from captionacc_contracts.work.tiers import Tier
from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits
from captionacc_flow_worker.queue.ranking import Ranking
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.rescoring import rescore
from captionacc_launching.priority_service import PriorityService
from captionacc_stack.servers.ports import free_port
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from captionacc_testkit.chaos.shifted import ShiftFile
from captionacc_testkit.http import answers
from captionacc_testkit.stored_rows import insert_video, new_job, read_job
from captionacc_testkit.worker.worker_process import process_environment


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_dsn, application_name="test")
    yield opened
    await opened.close()


@asynccontextmanager
async def priority_service(folder: Path, shift: timedelta) -> AsyncIterator[PriorityService]:
    """The priority service on a host whose clock is wrong."""
    clock = ShiftFile(folder / "clock")
    clock.set(shift.total_seconds())
    found = find_spec("captionacc_priority.__main__")
    assert found is not None
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220  starting it takes no time
        [
            sys.executable,
            "-m",
            "captionacc_testkit.chaos.shifted",
            str(clock.path),
            str(found.origin),
        ],
        env=process_environment(HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING"),
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await answers(client, "/health/live", within_s=30, what="the priority service")
            yield PriorityService(client, str(client.base_url), timeout_s=5)
    finally:
        process.terminate()
        process.wait(10)


async def ranked(database: Database, priority: PriorityService) -> list[UUID]:
    return await Ranking(database, priority, tenant_concurrency=4).best_first(OperatorLimits())


async def job(database: Database, tier: Tier, score: float, waited: timedelta) -> Job:
    tenant_id = uuid4()
    async with database.transaction() as session:
        await session.tenants.upsert(tenant_id, "a tenant", tier)
        video_id = await insert_video(session, tenant_id)
        made, _ = await session.jobs.enqueue(
            new_job(tenant_id, video_id, tier=tier, static_score=score)
        )
        await session.statements.run(
            "update captionacc.jobs set requested_at = now() - $2::interval where id = $1",
            made.id,
            waited,
        )
    return made


@pytest.mark.parametrize("hours", [26, -26])
async def test_a_wrong_clock_of_the_priority_service_changes_no_order(
    database: Database, tmp_path: Path, hours: int
) -> None:
    free = await job(database, Tier.FREE, 50.0, timedelta(seconds=2))
    paying = await job(database, Tier.ENTERPRISE, 90.0, timedelta(seconds=1))
    # Of another score: of equal ones, the oldest stands for all.
    overdue = await job(database, Tier.FREE, 55.0, timedelta(hours=25))
    async with priority_service(tmp_path, timedelta(hours=hours)) as priority:
        # A day ahead, all would be overdue, and the free one older; a day behind, none would be.
        order = await ranked(database, priority)
    assert order == [overdue.id, paying.id, free.id]


async def test_another_policy_applies_at_once_and_scores_waiting_jobs_anew(
    database: Database, tmp_path: Path
) -> None:
    free = await job(database, Tier.FREE, 50.0, timedelta(seconds=1))
    premium = await job(database, Tier.PREMIUM, 70.0, timedelta(seconds=1))
    raised = await job(database, Tier.FREE, 75.0, timedelta(seconds=1))
    async with database.transaction() as session:
        await session.statements.run(
            "update captionacc.jobs set base_override = 75 where id = $1", raised.id
        )
    async with priority_service(tmp_path, timedelta()) as priority:
        assert await ranked(database, priority) == [raised.id, premium.id, free.id]
        repairs = Repairs()
        await rescore(database, priority, repairs)
        assert repairs.counts == {}
        own = await priority.policy()
        async with database.transaction() as session:
            changed = {**own.base_scores, Tier.PREMIUM: 40.0}
            policy = msgspec.structs.replace(own, base_scores=changed)
            number = await session.policies.set(policy, uuid4(), "a test")
        await rescore(database, priority, repairs)
        assert repairs.counts == {"jobs_scored_anew": 3}
        assert await ranked(database, priority) == [raised.id, free.id, premium.id]
        again = Repairs()
        await rescore(database, priority, again)
        assert again.counts == {}
    scores = {each.id: await read_job(database, each.id) for each in (free, premium, raised)}
    assert [score.static_score for score in scores.values()] == [50, 40, 75]
    assert {score.policy_number for score in scores.values()} == {number}
