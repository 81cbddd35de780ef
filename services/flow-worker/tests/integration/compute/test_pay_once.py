"""Work is paid for once, with a real database, the functions' own claims and Modal's client."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import modal
import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    Claim,
    ComputeCall,
    ComputeResult,
    ExtractRequest,
    ExtractResult,
    Yielded,
    digest_of,
    function_of,
)
from captionacc_contracts.work.functions import MODAL_APP, FunctionName
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_flow_worker.attempt.compute_step import compute as perform
from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.retry_or_give_up import RetryPolicy
from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.attempt.settling import settle_cancelled, settle_failure
from captionacc_flow_worker.compute.modal_compute import ModalCompute
from captionacc_modal import workspace
from captionacc_observability.clock import SystemClock
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job
from captionacc_testkit.compute_results import extracted
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.ends import ContainerDiedError, PreemptedError
from captionacc_testkit.stored_rows import queue_job
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.testing import InMemoryObjectStore

RESULT = extracted()


class Containers:
    """Runs the function's body with its claim; ``paid`` counts the bodies that began to work.

    ``deaths`` are the exceptions that end the next bodies. Like killed processes, these bodies keep
    their claims.
    """

    def __init__(self, store: InMemoryObjectStore) -> None:
        self._store = store
        self.paid = 0
        self.may_end = asyncio.Event()
        self.deaths: list[Exception] = []

    async def run(self, **arguments: Any) -> ComputeResult | Yielded:
        request = ExtractRequest(**arguments)
        call_id = modal.current_function_call_id()
        try:
            return await workspace.perform(request, self._store, self._work, call_id=call_id)
        except (ContainerDiedError, PreemptedError):
            assert call_id is not None
            claim = Claim(call_id=call_id, function=function_of(request), digest=digest_of(request))
            owner = request.tenant_id, request.video_id
            key = object_keys.compute_claim(*owner, digest_of(request))
            await self._store.put(key, msgspec.json.encode(claim))
            raise

    async def _work(self, _report: object) -> ExtractResult:
        self.paid += 1
        if self.deaths:
            raise self.deaths.pop(0)
        await self.may_end.wait()
        return RESULT


class Case:
    """One claimed job, and what its compute step needs."""

    def __init__(self, database: Database, cloud: ModalCloud, compute: ModalCompute) -> None:
        self.database = database
        self.store = InMemoryObjectStore()
        self.cloud = cloud
        self.compute = compute
        self.containers = Containers(self.store)
        cloud.deploy(MODAL_APP, FunctionName.EXTRACT_FRAMES_AND_OCR, self.containers.run)
        self.tenant, self.video = TenantId(uuid4()), VideoId(uuid4())
        self.request = ExtractRequest(video_key="v", tenant_id=self.tenant, video_id=self.video)
        self.claim_key = object_keys.compute_claim(self.tenant, self.video, digest_of(self.request))

    async def claim_job(self) -> JobContext:
        job = await queue_job(self.database, self.tenant, self.video)
        return await self.take(job.id)

    async def take(self, job_id: UUID) -> JobContext:
        async with self.database.transaction() as session:
            job = await session.jobs.claim(job_id, "test", 60)
        assert job is not None
        assert job.lease is not None
        services = Services(
            ocr_engine=OcrEngineName.RAPIDOCR,
            database=self.database,
            store=self.store,
            compute=self.compute,
            local_calls=None,
            priority=None,  # type: ignore[arg-type]  # the step scores nothing
            retry=RetryPolicy(),
            clock=SystemClock(),
        )
        return JobContext(services=services, job=job, lease=job.lease)

    async def row(self, job_id: UUID) -> Job:
        async with self.database.transaction() as session:
            job = await session.jobs.get(job_id)
        assert job is not None
        return job


@pytest_asyncio.fixture(loop_scope="session")
async def case(database_dsn: str, cloud: ModalCloud, compute: ModalCompute) -> AsyncIterator[Case]:
    database = await Database.connect(database_dsn, application_name="test", max_size=4)
    try:
        yield Case(database, cloud, compute)
    finally:
        await cloud.end_calls()
        await database.close()


async def test_what_a_failed_call_used_is_recorded_once(case: Case) -> None:
    case.containers.deaths = [ContainerDiedError(), ContainerDiedError()]
    context = await case.claim_job()
    for _ in range(2):
        with pytest.raises(TransientError):
            await perform(context, case.request)
    case.containers.may_end.set()
    await perform(context, case.request)

    async with case.database.transaction() as session:
        recorded = await session.usage.for_video(case.video)

    assert len({usage.call_id for usage in recorded}) == len(recorded) == 2
    assert not any(usage.published for usage in recorded)
    assert all(usage.estimated_usd > 0 for usage in recorded)


async def test_a_time_out_is_retried_once_also_after_a_worker_died(case: Case) -> None:
    late = TransientError(ErrorCode.COMPUTE_TIMEOUT, "It took too long.")
    job_id = (await case.claim_job()).job.id
    async with case.database.transaction() as session:
        await session.statements.run("update captionacc.jobs set lease_expires_at = now()")
    async with case.database.transaction() as session:
        assert await session.jobs.reclaim_expired(max_attempts=5, limit=1)

    for state in ("queued", "error"):
        await settle_failure(await case.take(job_id), late)
        assert (await case.row(job_id)).state == state
        async with case.database.transaction() as session:
            await session.statements.run("update captionacc.jobs set not_before = null")
    assert (await case.row(job_id)).attempt == 3


async def until_paid(case: Case) -> None:
    await eventually(lambda: case.containers.paid > 0, 5)


async def test_the_next_attempt_attaches_to_a_call_whose_id_was_not_saved(case: Case) -> None:
    """The worker died between starting the call and saving its id."""
    context = await case.claim_job()
    lost = await case.compute.submit(case.request)
    await until_paid(case)

    step = asyncio.create_task(perform(context, case.request))

    async def attached() -> bool:
        call = (await case.row(context.job.id)).compute_call
        return call is not None and call.call_id == lost.call_id

    await eventually(attached, 10)
    case.containers.may_end.set()

    assert await step == RESULT
    assert case.containers.paid == 1
    assert len(case.cloud.calls) == 2


async def test_spawns_whose_answers_are_lost_are_paid_once(case: Case) -> None:
    """The client sends each spawn four times, and each of them starts a call."""
    context = await case.claim_job()
    case.cloud.honours_idempotency = False
    case.cloud.faults.lose_answers("FunctionMap", times=4)

    with pytest.raises(TransientError) as caught:
        await perform(context, case.request)

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    assert len(case.cloud.calls) == 4
    case.containers.may_end.set()
    assert await perform(context, case.request) == RESULT
    assert case.containers.paid == 1


async def test_a_refused_token_leaves_the_call_and_its_claim(case: Case) -> None:
    context = await case.claim_job()
    step = asyncio.create_task(perform(context, case.request))
    await until_paid(case)
    valid, case.cloud.token = case.cloud.token, ("ak-other", "as-other")

    with pytest.raises(PermanentError) as caught:
        await step

    assert caught.value.code is ErrorCode.COMPUTE_UNREACHABLE
    assert (await case.row(context.job.id)).compute_call is not None
    assert await case.store.exists(case.claim_key)
    case.cloud.token = valid
    case.containers.may_end.set()
    assert await perform(context, case.request) == RESULT
    assert (case.containers.paid, len(case.cloud.calls)) == (1, 1)


async def test_the_claim_of_a_dead_call_is_removed(case: Case) -> None:
    """The container was killed and wrote nothing; the next attempt succeeds."""
    context = await case.claim_job()
    case.containers.deaths = [ContainerDiedError("The container was killed.")]

    with pytest.raises(TransientError) as caught:
        await perform(context, case.request)

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    assert context.job.compute_call is None
    assert not await case.store.exists(case.claim_key)
    case.containers.may_end.set()
    assert await perform(context, case.request) == RESULT


async def test_a_call_that_modal_restarts_finds_its_own_claim(case: Case) -> None:
    context = await case.claim_job()
    case.containers.deaths = [PreemptedError(), PreemptedError()]
    case.containers.may_end.set()

    assert await perform(context, case.request) == RESULT
    assert [call.runs for call in case.cloud.calls.values()] == [3]


async def test_a_cancelled_job_leaves_neither_claim_nor_call(case: Case) -> None:
    context = await case.claim_job()
    call = await case.compute.submit(case.request)
    await until_paid(case)
    await context.save_compute_call(call)
    async with case.database.transaction() as session:
        await session.jobs.request_cancel(context.job.id)

    await settle_cancelled(context)

    assert [cancel.terminate_containers for cancel in case.cloud.calls[call.call_id].cancels] == [
        True
    ]
    assert not await case.store.exists(case.claim_key)
    row = await case.row(context.job.id)
    assert (row.state, row.compute_call) == ("cancelled", None)


async def test_a_call_that_another_job_cancelled_is_started_again(case: Case) -> None:
    """A person cancels and asks again at once, so the new job attaches to the old job's call."""
    context = await case.claim_job()
    step = asyncio.create_task(perform(context, case.request))
    await until_paid(case)
    await case.compute.cancel(only_call(case))

    with pytest.raises(TransientError) as caught:
        await step

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    case.containers.may_end.set()
    assert await perform(context, case.request) == RESULT


async def test_a_call_that_was_cancelled_with_its_job_is_cancelled(case: Case) -> None:
    context = await case.claim_job()
    step = asyncio.create_task(perform(context, case.request))
    await until_paid(case)
    async with case.database.transaction() as session:
        await session.jobs.request_cancel(context.job.id)
    await case.compute.cancel(only_call(case))

    with pytest.raises(PermanentError) as caught:
        await step

    assert caught.value.code is ErrorCode.COMPUTE_CANCELLED


async def test_calls_that_yield_to_each_other_end_in_an_error(case: Case) -> None:
    context = await case.claim_job()
    both = asyncio.Event()

    async def yields(**_arguments: Any) -> Yielded:
        await both.wait()
        [other] = case.cloud.calls.keys() - {modal.current_function_call_id()}
        return Yielded(call_id=other)

    case.cloud.deploy(MODAL_APP, FunctionName.EXTRACT_FRAMES_AND_OCR, yields)
    call = await case.compute.submit(case.request)
    await case.compute.submit(case.request)
    both.set()
    await context.save_compute_call(call)

    with pytest.raises(TransientError, match="yield to each other"):
        await perform(context, case.request)


def only_call(case: Case) -> ComputeCall:
    [call_id] = case.cloud.calls
    request = case.request
    return ComputeCall(call_id=call_id, function=function_of(request), digest=digest_of(request))
