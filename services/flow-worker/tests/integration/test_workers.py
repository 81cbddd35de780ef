"""Several workers, kills and drains: every job runs once and in order, whatever workers do."""

import random
from datetime import UTC, datetime, timedelta

from captionacc_contracts.work.tiers import Tier
from captionacc_supabase.rows import Job
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
