"""What operators do in Prefect: limits, deletions, runs for later, and what its pages show them."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from captionacc_contracts.work.flows import FlowName, run_name, work_queue
from captionacc_launching.flow_runs import run_parameters
from captionacc_supabase.rows import Job
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World

POOL = "/work_pools/captionacc-workers"
QUEUE = f"{POOL}/queues/{work_queue(55.0, ageing=True)}"


async def deployment_path(world: World) -> str:
    flow = FlowName.VIDEO_INITIAL_PROCESSING
    found = (await world.prefect.get(f"/deployments/name/{flow.deployment}")).raise_for_status()
    return f"/deployments/{found.json()['id']}"


@contextlib.asynccontextmanager
async def limited(world: World, path: str, limit: int) -> AsyncIterator[None]:
    """Sets a concurrency limit as Prefect's pages do; waits until every worker has read it."""

    async def set_limit(value: int | None) -> None:
        answer = await world.prefect.patch(path, json={"concurrency_limit": value})
        answer.raise_for_status()
        # Workers read limits and pauses together.
        await world.pause_pool(paused=True)
        await world.pause_pool(paused=False)

    await set_limit(limit)
    try:
        yield
    finally:
        await set_limit(None)


async def ended(world: World, jobs: Sequence[Job]) -> list[Job]:
    return [await world.until_state(job.id, "done", 90) for job in jobs]


def most_at_a_time(jobs: Sequence[Job]) -> int:
    """The largest number of jobs that ran at the same moment."""
    moments = [(job.started_at, 1) for job in jobs] + [(job.ended_at, -1) for job in jobs]
    running = most = 0
    for _, change in sorted(moments, key=lambda moment: (moment[0], moment[1])):
        running += change
        most = max(most, running)
    return most


async def history(world: World, job: Job) -> list[str]:
    """The names of the states that the job's run had."""
    run_id = (await world.job(job.id)).flow_run_id
    answer = await world.prefect.get("/flow_run_states/", params={"flow_run_id": str(run_id)})
    return [state["name"] for state in answer.raise_for_status().json()]


@pytest.mark.parametrize("what", ["pool", "queue", "deployment"])
async def test_a_concurrency_limit_is_obeyed(busy_world: World, what: str) -> None:
    world = busy_world
    path = {"pool": POOL, "queue": QUEUE, "deployment": await deployment_path(world)}[what]
    async with limited(world, path, 1):
        jobs = [await world.new_job("sleep=1", static_score=55.0) for _ in range(3)]
        if what == "queue":
            # Another queue goes on.
            other = await world.new_job(static_score=50.0)
            await world.until_state(other.id, "done", 30)
        rows = await ended(world, jobs)

    assert most_at_a_time(rows) == 1
    assert {row.attempt for row in rows} == {1}
    for job in jobs:
        await world.until_run_state(job.id, "Completed", 30)
        states = await history(world, job)
        assert "AwaitingConcurrencySlot" not in states
        assert len(states) <= 4, states


async def test_a_new_worker_keeps_the_limit_of_a_deployment(busy_world: World) -> None:
    path = await deployment_path(busy_world)
    async with limited(busy_world, path, 7):
        second = await busy_world.start_worker().in_prefect()
        shown = (await busy_world.prefect.get(path)).raise_for_status().json()
        assert shown["global_concurrency_limit"]["limit"] == 7
        busy_world.workers.remove(second)
        await second.stop()


@pytest.mark.parametrize("what", ["run", "deployment", "pool"])
async def test_what_somebody_deletes_is_made_again_with_the_run_of_a_waiting_job(
    busy_world: World, what: str
) -> None:
    world = busy_world
    tenant_id = await world.tenant()
    job = await world.enqueue(tenant_id, await world.video(tenant_id))
    later = "update captionacc.jobs set not_before = now() + interval '1 hour' where id = $1"
    async with world.database.transaction() as session:
        await session.statements.run(later, job.id)
    await eventually(lambda: _has_run(world, job.id), 30)
    run_id = (await world.job(job.id)).flow_run_id
    paths = {"run": f"/flow_runs/{run_id}", "deployment": await deployment_path(world)}
    assert (await world.prefect.delete(paths.get(what, POOL))).status_code == 204

    async def is_shown() -> bool:
        named = (await world.job(job.id)).flow_run_id
        return named is not None and (await world.prefect.get(f"/flow_runs/{named}")).is_success

    await eventually(is_shown, 60)
    assert what != "run" or (await world.job(job.id)).flow_run_id != run_id
    async with world.database.transaction() as session:
        await session.statements.run(
            "update captionacc.jobs set not_before = null where id = $1", job.id
        )
    await world.until_state(job.id, "done", 30)
    await world.until_run_state(job.id, "Completed", 30)
    assert "Crashed" not in await history(world, job)

    async def all_there() -> bool:
        return (await world.prefect.get(POOL)).is_success and bool(await deployment_path(world))

    await eventually(all_there, 30)


async def test_the_run_of_a_running_job_that_somebody_deletes_is_made_again(
    busy_world: World,
) -> None:
    world = busy_world
    # On a busy machine the job starts without Prefect, which shows it as Running seconds later.
    job = await world.until_calling((await world.new_job("sleep=8")).id)
    await world.until_run_state(job.id, "Running")
    assert (await world.prefect.delete(f"/flow_runs/{job.flow_run_id}")).status_code == 204

    await world.until_state(job.id, "done", 30)

    async def names_another() -> bool:
        return (await world.job(job.id)).flow_run_id != job.flow_run_id

    await eventually(names_another, 30)
    await world.until_run_state(job.id, "Completed", 30)


async def test_a_run_that_a_person_schedules_for_later_waits(busy_world: World) -> None:
    world = busy_world
    jobs = [await world.new_job("permanent-once") for _ in range(2)]
    for job in jobs:
        await world.until_state(job.id, "error")
    later, now = [
        await world.quick_run(
            FlowName.VIDEO_INITIAL_PROCESSING,
            parameters=run_parameters(job),
            state={"type": "SCHEDULED", "state_details": {"scheduled_time": moment.isoformat()}},
        )
        for job, moment in zip(
            jobs, [datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC)], strict=True
        )
    ]

    async def taken_up() -> bool:
        return bool((await world.run(now))["state"]["name"] == "Completed")

    await eventually(taken_up, 40)
    assert (await world.run(later))["state"]["name"] == "Scheduled"
    async with world.database.transaction() as session:
        assert len(await session.jobs.for_video(jobs[0].video_id)) == 1


async def test_queues_are_ready_and_runs_are_named_after_their_videos(busy_world: World) -> None:
    world = busy_world
    job = await world.new_job()
    await world.until_state(job.id, "done")
    await world.until_run_state(job.id, "Completed")
    run_id = (await world.job(job.id)).flow_run_id
    assert (await world.run(run_id))["name"] == run_name(job.video_id, "clip")

    async def all_ready() -> bool:
        found = (await world.prefect.post(f"{POOL}/queues/filter", json={})).raise_for_status()
        states = {queue["name"]: queue["status"] for queue in found.json()}
        assert set(states.values()) == {"READY"}, states
        return True

    await eventually(all_ready, 60)


async def test_the_stages_of_a_run_are_on_its_timeline_and_in_its_log(busy_world: World) -> None:
    world = busy_world
    job = await world.new_job("sleep=2")
    await world.until_state(job.id, "done")
    run_id = str((await world.job(job.id)).flow_run_id)
    expected = ["start", "check_upload", "extract_frames_and_ocr", "verify", "publish"]

    async def on_the_timeline() -> bool:
        stages = await _filter(world, "task_runs", {"flow_runs": {"id": {"any_": [run_id]}}})
        stages.sort(key=lambda stage: stage["start_time"])
        assert [stage["name"] for stage in stages] == expected
        assert {stage["state_name"] for stage in stages} == {"Completed"}
        assert stages[2]["total_run_time"] > 1.5
        return True

    # A test before may have deleted a run whose stages were on their way; Prefect's recorder then
    # tries for a minute before it takes the next events.
    await eventually(on_the_timeline, 95)
    lines = await _filter(world, "logs", {"logs": {"flow_run_id": {"any_": [run_id]}}})
    messages = [line["message"] for line in lines]
    assert [f"{name} began." for name in expected] == [m for m in messages if m.endswith("began.")]


async def _filter(world: World, what: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await world.prefect.post(f"/{what}/filter", json=body)
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


async def _has_run(world: World, job_id: Any) -> bool:
    return (await world.job(job_id)).flow_run_id is not None
