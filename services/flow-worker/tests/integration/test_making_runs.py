"""Missing flow runs, made many in a call on a real Prefect server."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.work.flows import (
    FlowName,
    flow_of,
    idempotency_key,
    work_queue,
)
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.flows.reconcile import run_reconcile
from captionacc_flow_worker.flows.table import FLOWS
from captionacc_flow_worker.orchestration.by_hand import ByHand
from captionacc_flow_worker.orchestration.late_reports import LateReports
from captionacc_flow_worker.orchestration.runs import PrefectRuns
from captionacc_flow_worker.orchestration.states import requeued
from captionacc_flow_worker.upkeep import reconciler
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_supabase.rows import Job
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import AwaitingRetry, Cancelled, Failed, Scheduled

if TYPE_CHECKING:
    from conftest import World


class CountedRuns(PrefectRuns):
    """The real ones; ``calls`` are the sizes of what was made at once."""

    calls: list[int]
    refuse_many = False

    async def ensure_many(self, jobs: Sequence[Job]) -> dict[UUID, UUID]:
        self.calls.append(len(jobs))
        return {} if self.refuse_many else await super().ensure_many(jobs)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def registered(prefect_api_url: str) -> AsyncIterator[CountedRuns]:
    # Making a deployment looks the address up for itself.
    with temporary_settings({PREFECT_API_URL: prefect_api_url}):
        async with get_client() as client:
            made = CountedRuns(client, FLOWS)
            await made.register()
            yield made


@pytest.fixture
def runs(registered: CountedRuns) -> CountedRuns:
    registered.calls = []
    registered.refuse_many = False
    return registered


async def jobs_of(world: "World", number: int) -> list[Job]:
    tenant_id = await world.tenant()
    found = []
    for turn in range(number):
        video_id = await world.video(tenant_id)
        found.append(await world.enqueue(tenant_id, video_id, ageing=turn % 2 == 0))
    return found


async def job_with_run(world: "World", runs: PrefectRuns) -> tuple[Job, FlowRun]:
    (job,) = await jobs_of(world, 1)
    run = await runs.ensure(job)
    async with world.database.transaction() as session:
        await session.jobs.set_flow_run(job.id, run.id)
    return job, run


def reconciler_of(
    world: "World", runs: PrefectRuns, run_grace_s: float = 5.0
) -> reconciler.Reconciler:
    nothing: Any = None
    services = Services(
        ocr_engine=OcrEngineName.RAPIDOCR,
        database=world.database,
        store=world.store,
        compute=nothing,
        priority=nothing,
        retry=nothing,
        clock=nothing,
    )
    return reconciler.Reconciler(services, runs, max_attempts=1, run_grace_s=run_grace_s)


async def shown(world: "World", run_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = (
        (await world.prefect.get(f"/flow_runs/{run_id}")).raise_for_status().json()
    )
    return found


async def of_keys(world: "World", jobs: Sequence[Job]) -> list[dict[str, Any]]:
    keys = {"any_": [idempotency_key(job.id) for job in jobs]}
    answer = await world.prefect.post(
        "/flow_runs/filter", json={"flow_runs": {"idempotency_key": keys}}
    )
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


async def test_many_at_once_are_the_runs_that_one_at_a_time_would_be(
    world: "World", runs: CountedRuns
) -> None:
    first, *others = jobs = await jobs_of(world, 4)
    one = await runs.ensure(first)

    made = await runs.ensure_many(jobs)

    assert made[first.id] == one.id
    assert await runs.ensure_many([*reversed(jobs)]) == made
    assert (await runs.ensure(others[0])).id == made[others[0].id]
    assert len(await of_keys(world, jobs)) == len(jobs)
    alike = ("deployment_id", "flow_id", "work_pool_name", "state_type", "state_name")
    former = await shown(world, one.id)
    for job in others:
        run = await shown(world, made[job.id])
        assert {name: run[name] for name in alike} == {name: former[name] for name in alike}
        assert run["idempotency_key"] == idempotency_key(job.id)
        assert sorted(run["tags"]) == sorted(job.tags)
        assert run["work_queue_name"] == work_queue(job.static_score, ageing=job.ageing)
        assert run["name"] == f"video-{job.video_id}"
        assert run["parameters"] == {
            "job_id": str(job.id),
            "video_id": str(job.video_id),
            "tenant_id": str(job.tenant_id),
        }


async def test_a_run_made_by_a_clock_that_is_ahead_is_not_held_back(
    world: "World", runs: CountedRuns
) -> None:
    (job,) = await jobs_of(world, 1)
    run = await runs.ensure(job)
    await runs.force(run.id, Scheduled(scheduled_time=datetime.now(UTC) + timedelta(hours=1)))

    assert await runs.admit(run) is not None

    answer = await world.prefect.post(
        f"/flow_runs/{run.id}/set_state", json={"state": {"type": "RUNNING"}}
    )
    assert answer.raise_for_status().json()["status"] == "ACCEPT"


async def test_what_the_server_calls_made_and_undoes_is_not_believed(
    world: "World", runs: CountedRuns
) -> None:
    good, bad = await jobs_of(world, 2)
    # Its database refuses this one, in the middle of the transaction that makes all of them.
    bad = msgspec.structs.replace(bad, tags=["\x00"])

    assert await runs.ensure_many([good, bad]) == {}

    assert await of_keys(world, [good]) == []


@pytest.mark.parametrize("many", [True, False])
async def test_a_deployment_that_was_deleted_is_made_again(
    world: "World", runs: CountedRuns, many: bool
) -> None:
    tenant_id = await world.tenant()
    job = await world.enqueue(tenant_id, await world.video(tenant_id))
    job = msgspec.structs.replace(job, kind=JobKind.CAPTION_OCR, id=uuid4())
    flow = flow_of(job.kind)
    assert flow is FlowName.CAPTION_OCR
    found = (await world.prefect.get(f"/deployments/name/{flow.deployment}")).json()
    assert (await world.prefect.delete(f"/deployments/{found['id']}")).status_code == 204

    run_id = (await runs.ensure_many([job]))[job.id] if many else (await runs.ensure(job)).id

    assert (await shown(world, run_id))["deployment_id"] != found["id"]


@pytest.mark.parametrize("refuse_many", [False, True])
async def test_the_reconciler_makes_missing_runs_in_few_calls(
    world: "World", runs: CountedRuns, refuse_many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "RUNS_AT_ONCE", 2)
    jobs = await jobs_of(world, 3)
    runs.refuse_many = refuse_many
    repairing = reconciler_of(world, runs)
    repairs = Repairs()

    await repairing._make_runs(repairs)

    assert repairs.counts == {"runs_made": len(jobs)}
    assert runs.calls == [2, 1]
    run_of = {run["idempotency_key"]: run["id"] for run in await of_keys(world, jobs)}
    for job in jobs:
        stored = (await world.job(job.id)).flow_run_id
        assert str(stored) == run_of[idempotency_key(job.id)]
    await repairing._make_runs(repairs)
    assert repairs.counts == {"runs_made": len(jobs)}


async def test_a_run_that_was_made_after_its_job_was_cancelled_is_cancelled(
    world: "World", runs: CountedRuns
) -> None:
    late, again = await jobs_of(world, 2)
    async with world.database.transaction() as session:
        for job in (late, again):
            assert (await session.jobs.request_cancel(job.id)).state == "cancelled"
    run_of = {job.id: await runs.ensure(job) for job in (late, again)}
    async with world.database.transaction() as session:
        for job_id, run in run_of.items():
            await session.jobs.set_flow_run(job_id, run.id)
    await runs.force(run_of[again.id].id, AwaitingRetry(message="Retry from the UI"))
    repairs = Repairs()

    await reconciler_of(world, runs)._cancel_runs(repairs)

    assert repairs.counts == {"runs_cancelled": 1}
    assert (await shown(world, run_of[late.id].id))["state_name"] == "Cancelled"
    assert (await shown(world, run_of[again.id].id))["state_name"] == "AwaitingRetry"


async def test_a_run_that_waited_when_its_job_was_cancelled_brings_no_job_back(
    world: "World", runs: CountedRuns
) -> None:
    job, run = await job_with_run(world, runs)
    await runs.force(run.id, AwaitingRetry(message="Retry from the UI"))
    async with world.database.transaction() as session:
        assert (await session.jobs.request_cancel(job.id)).state == "cancelled"
    by_hand = ByHand(world.database, runs, partial(run_reconcile, reconciler_of(world, runs)))

    await by_hand.take_up()

    async with world.database.transaction() as session:
        assert [each.id for each in await session.jobs.for_video(job.video_id)] == [job.id]
    await runs.force(run.id, AwaitingRetry(message="Retry from the UI"))
    await by_hand.take_up()
    async with world.database.transaction() as session:
        _, again = await session.jobs.for_video(job.video_id)
    assert (again.state, again.flow_run_id) == ("queued", run.id)


async def test_a_retry_of_ours_that_is_told_after_the_cancellation_is_no_wish_of_a_person(
    world: "World", runs: CountedRuns
) -> None:
    job, run = await job_with_run(world, runs)
    async with world.database.transaction() as session:
        assert (await session.jobs.request_cancel(job.id)).state == "cancelled"
    await runs.force(run.id, requeued("Prefect was away."))
    repairing = reconciler_of(world, runs)

    await ByHand(world.database, runs, partial(run_reconcile, repairing)).take_up()
    await repairing._cancel_runs(Repairs())

    async with world.database.transaction() as session:
        assert [each.id for each in await session.jobs.for_video(job.video_id)] == [job.id]
    assert (await shown(world, run.id))["state_name"] == "Cancelled"


async def test_a_retry_of_ours_that_is_told_after_the_end_gives_way_to_it(
    world: "World", runs: CountedRuns
) -> None:
    waiting, failed = await jobs_of(world, 2)
    # As a person makes runs: without tags.
    run_of = {
        job.id: (await runs.ensure(msgspec.structs.replace(job, tags=[]))).id
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
        await runs.force(run_id, requeued("Prefect was away."))
    repairing = reconciler_of(world, runs, run_grace_s=0)

    await ByHand(world.database, runs, partial(run_reconcile, repairing)).take_up()
    await repairing._mend_runs(Repairs())

    async with world.database.transaction() as session:
        assert [each.id for each in await session.jobs.for_video(failed.video_id)] == [failed.id]
    assert (await shown(world, run_of[failed.id]))["state_name"] == "Failed"
    still = await shown(world, run_of[waiting.id])
    assert (still["state_name"], still["state"]["message"]) == ("Requeued", "Prefect was away.")


async def test_a_retry_of_a_job_that_a_person_brought_back_is_not_cancelled(
    world: "World", runs: CountedRuns
) -> None:
    job, run = await job_with_run(world, runs)
    async with world.database.transaction() as session:
        await session.jobs.request_cancel(job.id)
    await runs.force(run.id, AwaitingRetry(message="Retry from the UI"))
    repairing = reconciler_of(world, runs)
    await ByHand(world.database, runs, partial(run_reconcile, repairing)).take_up()
    await runs.force(run.id, requeued("Prefect was away."))
    repairs = Repairs()

    await repairing._cancel_runs(repairs)

    assert (await shown(world, run.id))["state_name"] == "Requeued"
    async with world.database.transaction() as session:
        again = (await session.jobs.for_video(job.video_id))[-1]
        await session.jobs.request_cancel(again.id)
    assert (again.state, again.flow_run_id) == ("queued", run.id)
    await repairing._cancel_runs(repairs)
    assert (await shown(world, run.id))["state_name"] == "Cancelled"
    assert repairs.counts == {"runs_cancelled": 1}


async def test_the_failed_run_of_a_job_that_was_retried_and_cancelled_is_cancelled(
    world: "World", runs: CountedRuns
) -> None:
    job, run = await job_with_run(world, runs)
    async with world.database.transaction() as session:
        assert (await session.jobs.request_cancel(job.id)).state == "cancelled"
    await runs.force(run.id, Failed(message="The attempt before the retry."))
    repairs = Repairs()

    await reconciler_of(world, runs)._cancel_runs(repairs)

    assert repairs.counts == {"runs_cancelled": 1}
    assert (await shown(world, run.id))["state_name"] == "Cancelled"


async def test_a_retry_that_is_told_late_wakes_no_cancelled_job(
    world: "World", runs: CountedRuns
) -> None:
    waiting, cancelled = await jobs_of(world, 2)
    run_of = {job.id: (await runs.ensure(job)).id for job in (waiting, cancelled)}
    async with world.database.transaction() as session:
        for job_id, run_id in run_of.items():
            await session.jobs.set_flow_run(job_id, run_id)
        await session.jobs.request_cancel(cancelled.id)
    await runs.force(run_of[cancelled.id], Cancelled())
    reports = LateReports(runs, world.database)
    for run_id in run_of.values():
        reports.add(run_id, requeued("Taken up again when Prefect answers."))

    assert await reports.flush()

    assert (await shown(world, run_of[waiting.id]))["state_name"] == "Requeued"
    assert (await shown(world, run_of[cancelled.id]))["state_name"] == "Cancelled"
