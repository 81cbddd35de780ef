"""Several workers, kills and drains: every job runs once and in order, whatever workers do."""

import asyncio
import random
import signal
from datetime import UTC, datetime, timedelta

from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import Job
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.worker_process import WorkerProcess
from captionacc_testkit.worker.world import World

NOW = datetime.now(UTC)


def score(job: Job, requested_at: datetime) -> float:
    """The score under the default policy, computed independently of the priority service."""
    waited_h = (NOW - requested_at).total_seconds() / 3600
    if not job.ageing:
        return job.static_score
    if waited_h > 24:
        return 100.0
    return min(100.0, job.static_score + min(20.0, 2 * waited_h))


async def test_one_worker_starts_thirty_mixed_jobs_in_the_expected_order(world: World) -> None:
    draw = random.Random(30)
    mix = [
        (draw.choice([50, 55, 70, 75, 90]), draw.random() < 0.7, draw.choice([0.1, 5, 9, 13, 26]))
        for _ in range(20)
    ]
    # Whatever was drawn: each kind of tie, and of job that overtakes a higher tier.
    mix += [
        (50, True, 30.0), (90, True, 28.0), (50, False, 26.5), (70, True, 10.5), (90, False, 1.0),
        (70, True, 11.5), (90, True, 6.0), (95, True, 7.0), (50, True, 0.2), (50, True, 0.3),
    ]  # fmt: skip
    expected: list[tuple[float, datetime, Job]] = []
    for static_score, ageing, hours in mix:
        job = await world.new_job(static_score=float(static_score), ageing=ageing)
        # No two jobs are equally old, so the order never depends on their ids.
        requested_at = NOW - timedelta(hours=hours, seconds=len(expected))
        async with world.database.transaction() as session:
            await session.statements.run(
                "update captionacc.jobs set requested_at = $2 where id = $1", job.id, requested_at
            )
        expected.append((-score(job, requested_at), requested_at, job))
    expected.sort(key=lambda row: row[:2])

    await world.start_worker(WORKER_CONCURRENCY="1").ready()

    for _, _, job in expected:
        await world.until_state(job.id, "done", 60)
    started = [(await world.job(job.id)).started_at for _, _, job in expected]
    assert all(started)
    assert started == sorted(moment for moment in started if moment is not None)


async def test_two_workers_run_each_job_once(world: World) -> None:
    tenants = [await world.tenant(Tier.PREMIUM) for _ in range(3)]
    jobs = [
        await world.enqueue(tenant, await world.video(tenant), knob="sleep=0.1")
        for tenant in tenants
        for _ in range(4)
    ]

    first = world.start_worker(WORKER_CONCURRENCY="2")
    second = world.start_worker(WORKER_CONCURRENCY="2")

    for job in jobs:
        done = await world.until_state(job.id, "done", 60)
        assert done.attempt == 1
    starts = [line for line in world.ledger if line.startswith("start")]
    assert len(starts) == len(set(starts)) == len(jobs)
    claims = len(first.lines("job_claimed")) + len(second.lines("job_claimed"))
    assert claims == len(jobs)


async def test_the_next_worker_attaches_to_the_call_of_a_killed_worker(world: World) -> None:
    first = await world.start_worker(WORKER_LEASE_S="3").ready()
    job = await world.new_job("sleep=6")
    before = await world.until_calling(job.id)
    first.kill()
    world.start_worker(WORKER_LEASE_S="3")

    done = await world.until_state(job.id, "done", 40)

    assert done.flow_run_id == before.flow_run_id
    assert done.attempt == 2
    assert [line.split()[0] for line in world.ledger] == ["start", "end"]
    await world.until_run_state(job.id, "Completed")


async def test_a_worker_that_freezes_while_it_repairs_stops_nobody_else(world: World) -> None:
    frozen = await world.start_worker(WORKER_LEASE_S="3").ready()
    job = await world.new_job("sleep=40")
    await world.until_calling(job.id)
    other = await world.start_worker(WORKER_LEASE_S="3").ready()
    await _freeze_in_a_pass(world, frozen, "worker-0:")
    frozen_at = asyncio.get_running_loop().time()
    lost_webhook = await world.video(await world.tenant())

    async def reclaimed_and_reconciled() -> bool:
        async with world.database.autocommit() as session:
            launched = await session.jobs.for_video(lost_webhook)
        taken = await world.job(job.id)
        return taken.attempt == 2 and taken.lease is not None and bool(launched)

    # Lease and pass take 3 s and less than a second, and a video counts as lost after 5 s. If the
    # worker froze inside a transaction, Postgres ends that after 30 s.
    await eventually(reclaimed_and_reconciled, 45)
    print(f"repaired {asyncio.get_running_loop().time() - frozen_at:.1f} s after the freeze")
    frozen.process.send_signal(signal.SIGCONT)

    await world.until_state(job.id, "done", 60)
    await world.until_run_state(job.id, "Completed")
    assert len([line for line in world.ledger if line.startswith("start")]) == 2
    assert other.lines("repaired")


async def _freeze_in_a_pass(world: World, worker: WorkerProcess, owner: str) -> None:
    """Stop the worker with SIGSTOP at a moment at which it holds the reconciler's lease."""

    async def holds() -> bool:
        async with world.database.autocommit() as session:
            holder = await session.statements.value(
                "select owner from captionacc.reconciler_lease where expires_at > now()"
            )
        return str(holder).startswith(owner)

    async with asyncio.timeout(60):
        while True:
            if not await holds():
                continue
            worker.process.send_signal(signal.SIGSTOP)
            # What it sent before it froze has been done by now.
            await asyncio.sleep(0.2)
            if await holds():
                return
            worker.process.send_signal(signal.SIGCONT)


async def test_a_worker_that_gets_sigterm_leaves_long_jobs_to_the_next_worker(world: World) -> None:
    first = await world.start_worker(WORKER_DRAIN_S="2").ready()
    short = await world.new_job("sleep=0.2")
    long = await world.new_job("sleep=8")
    for job in (short, long):
        await world.until_calling(job.id)
    assert await first.stop() == 0

    assert (await world.job(short.id)).state == "done"
    released = await world.job(long.id)
    assert (released.state, released.attempt) == ("queued", 0)
    assert await world.run_state(long.id) == "Requeued"
    world.start_worker()
    await world.until_state(long.id, "done", 40)
    assert len([line for line in world.ledger if line.startswith("start")]) == 2
    await world.until_run_state(long.id, "Completed")
