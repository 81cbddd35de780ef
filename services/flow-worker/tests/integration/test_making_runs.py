"""Flow runs on a real Prefect server: made many per request, and repaired."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.work.flows import (
    FlowName,
    flow_of,
    idempotency_key,
    run_name,
    work_queue,
)
from captionacc_contracts.work.jobs import JobKind
from captionacc_flow_worker.flows.table import FLOWS
from captionacc_flow_worker.orchestration.by_hand import ByHand
from captionacc_flow_worker.orchestration.operator_limits import OperatorLimits
from captionacc_flow_worker.orchestration.presence import Presence
from captionacc_flow_worker.orchestration.runs import finding
from captionacc_flow_worker.orchestration.runs.making import RunMaker
from captionacc_flow_worker.orchestration.runs.prefect_runs import PrefectRuns, runs_on
from captionacc_flow_worker.orchestration.runs.states import requeued
from captionacc_flow_worker.orchestration.shown.account import Account
from captionacc_flow_worker.orchestration.shown.reports import Reports
from captionacc_flow_worker.orchestration.starts import Starts
from captionacc_flow_worker.upkeep import left_over_runs, missing_runs
from captionacc_flow_worker.upkeep.left_over_runs import LeftOverRuns
from captionacc_flow_worker.upkeep.missing_runs import MissingRuns
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_supabase.rows import Job
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import AwaitingRetry, Cancelled, Failed, Running, Scheduled


class CountingMaker(RunMaker):
    """The real maker; ``calls`` holds the number of jobs of each request for many runs."""

    calls: list[int]
    refuse_many = False

    async def ensure_many(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        self.calls.append(len(jobs))
        return {} if self.refuse_many else await super().ensure_many(jobs)


def answering() -> Presence:
    presence = Presence()
    presence.found(OperatorLimits())
    return presence


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(prefect_api_url: str) -> AsyncIterator[PrefectClient]:
    # Prefect looks the address up in its settings when it makes a deployment.
    with temporary_settings({PREFECT_API_URL: prefect_api_url}):
        async with get_client() as client:
            yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runs(client: PrefectClient) -> PrefectRuns:
    made = runs_on(client, FLOWS, answering())
    await made.deployments.register()
    return made


@pytest.fixture
def maker(client: PrefectClient, runs: PrefectRuns) -> CountingMaker:
    counting = CountingMaker(client, runs.deployments, answering())
    counting.calls = []
    return counting


async def jobs_of(world: World, number: int) -> list[Job]:
    tenant_id = await world.tenant()
    found = []
    for turn in range(number):
        video_id = await world.video(tenant_id)
        found.append(await world.enqueue(tenant_id, video_id, ageing=turn % 2 == 0))
    return found


async def job_with_run(world: World, runs: PrefectRuns) -> tuple[Job, FlowRun]:
    (job,) = await jobs_of(world, 1)
    run = await runs.maker.ensure(job)
    async with world.database.transaction() as session:
        await session.jobs.set_flow_run(job.id, run.id)
    return job, run


def by_hand(world: World, runs: PrefectRuns) -> ByHand:
    async def not_here(_run: FlowRun) -> None:
        raise AssertionError("no test here starts a run of the reconcile flow")

    return ByHand(world.database, runs, not_here)


async def jobs_of_video(world: World, video_id: UUID) -> list[Job]:
    async with world.database.transaction() as session:
        return await session.jobs.for_video(video_id)


async def cancel(world: World, job: Job) -> None:
    async with world.database.transaction() as session:
        assert (await session.jobs.request_cancel(job.id)).state == "cancelled"


async def cancelled_job_with_run(world: World, runs: PrefectRuns) -> tuple[Job, FlowRun]:
    job, run = await job_with_run(world, runs)
    await cancel(world, job)
    return job, run


async def retry_in_ui(runs: PrefectRuns, run: FlowRun) -> None:
    await runs.control.force(run.id, AwaitingRetry(message="Retry from the UI"))


async def shown(world: World, run_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = (
        (await world.prefect.get(f"/flow_runs/{run_id}")).raise_for_status().json()
    )
    return found


async def of_keys(world: World, jobs: Sequence[Job]) -> list[dict[str, Any]]:
    keys = {"any_": [idempotency_key(job.id) for job in jobs]}
    answer = await world.prefect.post(
        "/flow_runs/filter", json={"flow_runs": {"idempotency_key": keys}}
    )
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


async def test_runs_made_in_one_request_equal_runs_made_one_by_one(
    world: World, runs: PrefectRuns
) -> None:
    first, *others = jobs = await jobs_of(world, 4)
    one = await runs.maker.ensure(first)

    made = await runs.maker.ensure_many(jobs)

    assert made[first.id] == one.id
    assert await runs.maker.ensure_many([*reversed(jobs)]) == made
    assert (await runs.maker.ensure(others[0])).id == made[others[0].id]
    assert len(await of_keys(world, jobs)) == len(jobs)
    alike = ("deployment_id", "flow_id", "work_pool_name", "state_type", "state_name")
    former = await shown(world, one.id)
    for job in others:
        run = await shown(world, made[job.id])
        assert {name: run[name] for name in alike} == {name: former[name] for name in alike}
        assert run["idempotency_key"] == idempotency_key(job.id)
        assert sorted(run["tags"]) == sorted(job.tags)
        assert run["work_queue_name"] == work_queue(job.static_score, ageing=job.ageing)
        assert run["name"] == run_name(job.video_id, "clip")
        assert run["parameters"] == {
            "job_id": str(job.id),
            "video_id": str(job.video_id),
            "tenant_id": str(job.tenant_id),
        }


async def test_a_run_made_by_a_clock_that_is_ahead_is_not_held_back(
    world: World, runs: PrefectRuns
) -> None:
    (job,) = await jobs_of(world, 1)
    run = await runs.maker.ensure(job)
    await runs.control.force(
        run.id, Scheduled(scheduled_time=datetime.now(UTC) + timedelta(hours=1))
    )

    assert await runs.control.admit(run) is not None

    answer = await world.prefect.post(
        f"/flow_runs/{run.id}/set_state", json={"state": {"type": "RUNNING"}}
    )
    assert answer.raise_for_status().json()["status"] == "ACCEPT"


async def test_runs_that_the_server_calls_created_but_undoes_are_not_returned(
    world: World, runs: PrefectRuns
) -> None:
    good, bad = await jobs_of(world, 2)
    # The server's database refuses this tag in the middle of the transaction for both runs.
    bad = msgspec.structs.replace(bad, tags=["\x00"])

    assert await runs.maker.ensure_many([good, bad]) == {}

    assert await of_keys(world, [good]) == []


@pytest.mark.parametrize("many", [True, False])
async def test_a_deployment_that_was_deleted_is_made_again(
    world: World, runs: PrefectRuns, many: bool
) -> None:
    tenant_id = await world.tenant()
    job = await world.enqueue(tenant_id, await world.video(tenant_id))
    job = msgspec.structs.replace(job, kind=JobKind.CAPTION_OCR, id=uuid4())
    flow = flow_of(job.kind)
    assert flow is FlowName.CAPTION_OCR
    found = (await world.prefect.get(f"/deployments/name/{flow.deployment}")).json()
    assert (await world.prefect.delete(f"/deployments/{found['id']}")).status_code == 204

    run_id = (
        (await runs.maker.ensure_many([job]))[job.id] if many else (await runs.maker.ensure(job)).id
    )

    assert (await shown(world, run_id))["deployment_id"] != found["id"]


@pytest.mark.parametrize("refuse_many", [False, True])
async def test_the_reconciler_makes_missing_runs_in_few_calls(
    world: World,
    runs: PrefectRuns,
    maker: CountingMaker,
    refuse_many: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(missing_runs, "RUNS_AT_ONCE", 2)
    jobs = await jobs_of(world, 3)
    maker.refuse_many = refuse_many
    repairs = Repairs()

    missing = MissingRuns(world.database, dataclasses.replace(runs, maker=maker))
    await missing.make(repairs)

    assert repairs.counts == {"runs_made": len(jobs)}
    assert maker.calls == [2, 1]
    run_of = {run["idempotency_key"]: run["id"] for run in await of_keys(world, jobs)}
    for job in jobs:
        stored = (await world.job(job.id)).flow_run_id
        assert str(stored) == run_of[idempotency_key(job.id)]
    await missing.make(repairs)
    assert repairs.counts == {"runs_made": len(jobs)}


async def test_a_run_that_was_made_after_its_job_was_cancelled_is_cancelled(
    world: World, runs: PrefectRuns
) -> None:
    late, again = await jobs_of(world, 2)
    for job in (late, again):
        await cancel(world, job)
    run_of = {job.id: await runs.maker.ensure(job) for job in (late, again)}
    async with world.database.transaction() as session:
        for job_id, run in run_of.items():
            await session.jobs.set_flow_run(job_id, run.id)
    await retry_in_ui(runs, run_of[again.id])
    repairs = Repairs()

    await LeftOverRuns(world.database, runs).end(repairs)

    assert repairs.counts == {"waiting_runs_ended": 1}
    assert (await shown(world, run_of[late.id].id))["state_name"] == "Cancelled"
    assert (await shown(world, run_of[again.id].id))["state_name"] == "AwaitingRetry"


async def test_only_a_retry_after_the_cancellation_brings_a_job_back(
    world: World, runs: PrefectRuns
) -> None:
    job, run = await job_with_run(world, runs)
    await retry_in_ui(runs, run)
    await cancel(world, job)
    buttons = by_hand(world, runs)

    await buttons.take_up()

    assert [each.id for each in await jobs_of_video(world, job.video_id)] == [job.id]
    await retry_in_ui(runs, run)
    await buttons.take_up()
    _, again = await jobs_of_video(world, job.video_id)
    assert (again.state, again.flow_run_id) == ("queued", run.id)


async def test_a_late_report_of_a_retry_is_not_taken_for_a_request_of_a_person(
    world: World, runs: PrefectRuns
) -> None:
    job, run = await cancelled_job_with_run(world, runs)
    await runs.control.force(run.id, requeued("Prefect was away."))

    await by_hand(world, runs).take_up()
    await LeftOverRuns(world.database, runs).end(Repairs())

    assert [each.id for each in await jobs_of_video(world, job.video_id)] == [job.id]
    assert (await shown(world, run.id))["state_name"] == "Cancelled"


async def test_a_late_report_of_a_retry_does_not_hide_that_the_job_failed(
    world: World, runs: PrefectRuns
) -> None:
    waiting, failed = await jobs_of(world, 2)
    # Without tags, as a person makes runs.
    run_of = {
        job.id: (await runs.maker.ensure(msgspec.structs.replace(job, tags=[]))).id
        for job in (waiting, failed)
    }
    report = ErrorReport(code=ErrorCode.INTERNAL, message="Broken.", stage="ocr")
    async with world.database.transaction() as session:
        await session.jobs.set_flow_runs(run_of)
        claimed = await session.jobs.claim(failed.id, "worker", 60)
        assert claimed is not None
        assert claimed.lease is not None
        await session.jobs.fail(claimed.lease, report)
    for run_id in run_of.values():
        await runs.control.force(run_id, requeued("Prefect was away."))

    await by_hand(world, runs).take_up()
    await LeftOverRuns(world.database, runs, settled_s=0).end(Repairs())

    assert [each.id for each in await jobs_of_video(world, failed.video_id)] == [failed.id]
    assert (await shown(world, run_of[failed.id]))["state_name"] == "Failed"
    still = await shown(world, run_of[waiting.id])
    assert (still["state_name"], still["state"]["message"]) == ("Requeued", "Prefect was away.")


async def test_the_run_of_a_job_that_a_person_brought_back_is_not_cancelled(
    world: World, runs: PrefectRuns
) -> None:
    job, run = await cancelled_job_with_run(world, runs)
    await retry_in_ui(runs, run)
    await by_hand(world, runs).take_up()
    await runs.control.force(run.id, requeued("Prefect was away."))
    repairs = Repairs()

    await LeftOverRuns(world.database, runs).end(repairs)

    assert (await shown(world, run.id))["state_name"] == "Requeued"
    again = (await jobs_of_video(world, job.video_id))[-1]
    await cancel(world, again)
    assert (again.state, again.flow_run_id) == ("queued", run.id)
    await LeftOverRuns(world.database, runs).end(repairs)
    assert (await shown(world, run.id))["state_name"] == "Cancelled"
    assert repairs.counts == {"waiting_runs_ended": 1}


async def test_the_failed_run_of_a_job_that_was_retried_and_cancelled_is_cancelled(
    world: World, runs: PrefectRuns
) -> None:
    _, run = await cancelled_job_with_run(world, runs)
    await runs.control.force(run.id, Failed(message="The attempt before the retry."))
    repairs = Repairs()

    await LeftOverRuns(world.database, runs).end(repairs)

    assert repairs.counts == {"waiting_runs_ended": 1}
    assert (await shown(world, run.id))["state_name"] == "Cancelled"


async def test_a_late_report_of_a_retry_does_not_wake_a_cancelled_job(
    world: World, client: PrefectClient, runs: PrefectRuns
) -> None:
    waiting, cancelled = await jobs_of(world, 2)
    run_of = {job.id: (await runs.maker.ensure(job)).id for job in (waiting, cancelled)}
    async with world.database.transaction() as session:
        for job_id, run_id in run_of.items():
            await session.jobs.set_flow_run(job_id, run_id)
        await session.jobs.request_cancel(cancelled.id)
    await runs.control.force(run_of[cancelled.id], Cancelled())
    reports = Reports(client, runs, world.database, answering(), Starts())
    for job in (waiting, cancelled):
        account = Account(await world.job(job.id))
        account.close(requeued("Taken up again when Prefect answers."), reported=False)
        reports.follow(account)

    assert await reports.flush()

    assert (await shown(world, run_of[waiting.id]))["state_name"] == "Requeued"
    assert (await shown(world, run_of[cancelled.id]))["state_name"] == "Cancelled"


async def test_the_run_of_a_job_that_was_cancelled_long_ago_ends_behind_many_others(
    world: World, runs: PrefectRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier, only the newest 200 cancellations of the last hour got a look."""
    for module in (finding, left_over_runs):
        monkeypatch.setattr(module, "PAGE", 2)
    waiting = [await job_with_run(world, runs) for _ in range(3)]
    job, run = await cancelled_job_with_run(world, runs)
    later = [await job_with_run(world, runs) for _ in range(3)]
    async with world.database.transaction() as session:
        await session.statements.run(
            "update captionacc.jobs set ended_at = now() - interval '9 days' where id = $1", job.id
        )
    left_over = LeftOverRuns(world.database, runs)

    async def ended() -> bool:
        await left_over.end(Repairs())
        return bool((await shown(world, run.id))["state_name"] == "Cancelled")

    await eventually(ended, 30)
    for _, other in [*waiting, *later]:
        assert (await shown(world, other.id))["state_name"] == "Scheduled"


async def test_runs_beyond_the_first_page_are_found(
    world: World, runs: PrefectRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier, only the first 200 of the runs that were asked about got a look."""
    monkeypatch.setattr(finding, "PAGE", 2)
    ids = [(await job_with_run(world, runs))[1].id for _ in range(5)]
    for run_id in ids:
        await runs.control.force(run_id, Running())
    assert set(ids) <= {run.id for run in await runs.finder.under_way()}
    assert await runs.finder.existing_among([*ids, uuid4()]) == set(ids)

    for run_id in ids[1:]:
        await runs.control.force(run_id, Cancelled())
    assert set(await runs.finder.cancelled_among(ids)) == set(ids[1:])
