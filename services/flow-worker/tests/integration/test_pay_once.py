"""The paying step with a real database and the functions' own claim, on a stand-in for Modal."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import modal
import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts import object_keys
from captionacc_contracts.compute import (
    ComputeCall,
    ExtractRequest,
    ExtractResult,
    Measured,
    Yielded,
    digest_of,
    function_of,
)
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.jobs import InitialProcessing
from captionacc_contracts.tiers import Tier
from captionacc_flow_worker.adapters.modal_compute import ModalCompute
from captionacc_flow_worker.compute_step import compute
from captionacc_flow_worker.failures import RetryPolicy
from captionacc_flow_worker.job_context import JobContext, Services
from captionacc_flow_worker.settling import settle_cancelled
from captionacc_modal import workspace
from captionacc_observability.clock import SystemClock
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job, NewJob, NewVideo
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.testing import InMemoryObjectStore


class Handle:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Method:
    def __init__(self, call: Callable[..., Any]) -> None:
        self.aio = call


class StandInModal:
    """Runs the function's body with its claim; ``paid`` counts the bodies that worked."""

    def __init__(self, store: InMemoryObjectStore) -> None:
        self._store = store
        self._numbers = itertools.count(1)
        self.calls: dict[str, asyncio.Task[Any]] = {}
        self.cancelled: list[str] = []
        self.paid = 0
        self.may_end = asyncio.Event()

    def function(self, _name: str) -> Handle:
        return Handle(spawn=Method(self.spawn))

    def function_call(self, call_id: str) -> Handle:
        async def get(timeout: float) -> Any:
            async with asyncio.timeout(timeout):
                task = self.calls[call_id]
                await asyncio.wait([task])
                if task.cancelled():
                    raise modal.exception.RemoteError("Input was cancelled")
                return task.result()

        async def cancel(*, terminate_containers: bool) -> None:
            self.cancelled.append(call_id)
            self.calls[call_id].cancel()

        return Handle(get=Method(get), cancel=Method(cancel))

    async def spawn(self, **arguments: Any) -> Handle:
        call_id = f"fc-{next(self._numbers)}"
        request = ExtractRequest(**arguments)
        self.calls[call_id] = asyncio.create_task(
            workspace.perform(request, self._store, self._body, call_id=call_id)
        )
        return Handle(object_id=call_id)

    async def _body(self, _report: object) -> ExtractResult:
        self.paid += 1
        await self.may_end.wait()
        return RESULT


RESULT = ExtractResult(
    frame_count=30,
    full_frame_count=1,
    duration_seconds=3.0,
    width=320,
    height=180,
    video_codec="h264",
    ocr_box_count=2,
    failed_ocr_count=0,
    suggested_crop_region=None,
    raw_ocr_key="a",
    layout_key="b",
    measured=Measured(seconds={}),
)


class Case:
    """One claimed job and what its step needs."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = InMemoryObjectStore()
        self.modal = StandInModal(self.store)
        self.compute = ModalCompute(
            function=self.modal.function, function_call=self.modal.function_call, step_s=0.2
        )
        self.tenant, self.video = TenantId(uuid4()), VideoId(uuid4())
        self.request = ExtractRequest(video_key="v", tenant_id=self.tenant, video_id=self.video)
        self.claim_key = object_keys.compute_claim(self.tenant, self.video, digest_of(self.request))

    async def claim_job(self) -> JobContext:
        async with self.database.transaction() as session:
            await session.tenants.upsert(self.tenant, "a tenant", Tier.FREE, None)
            await session.videos.insert(
                NewVideo(id=self.video, tenant_id=self.tenant, display_name="clip")
            )
            job, _ = await session.jobs.enqueue(
                NewJob(
                    video_id=self.video,
                    tenant_id=self.tenant,
                    parameters=InitialProcessing(video_key="v"),
                    tier=Tier.FREE,
                    static_score=50.0,
                    priority=50,
                )
            )
        return await self.take(job.id)

    async def take(self, job_id: UUID) -> JobContext:
        async with self.database.transaction() as session:
            job = await session.jobs.claim(job_id, "test", 60)
        assert job is not None
        assert job.lease is not None
        services = Services(
            database=self.database,
            store=self.store,
            compute=self.compute,
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
async def case(database_dsn: str) -> AsyncIterator[Case]:
    database = await Database.connect(database_dsn, application_name="test", max_size=4)
    case = Case(database)
    try:
        yield case
    finally:
        for task in case.modal.calls.values():
            task.cancel()
        await database.close()


async def until_paid(case: Case) -> None:
    await eventually(lambda: case.modal.paid > 0, 5)


async def test_call_whose_id_was_never_saved_is_attached_to(case: Case) -> None:
    """The worker died between starting the call and saving its id."""
    context = await case.claim_job()
    lost = await case.compute.submit(case.request)
    await until_paid(case)

    step = asyncio.create_task(compute(context, case.request))

    async def attached() -> bool:
        return (await case.row(context.job.id)).compute_call == lost

    await eventually(attached, 10)
    case.modal.may_end.set()

    assert await step == RESULT
    assert case.modal.paid == 1
    assert len(case.modal.calls) == 2


async def test_claim_of_a_call_that_died_is_taken_back(case: Case) -> None:
    """Its container was killed and wrote nothing; the next attempt works."""
    context = await case.claim_job()
    dead = await case.compute.submit(case.request)
    await until_paid(case)
    claim = await case.store.get(case.claim_key)
    case.modal.calls[dead.call_id].cancel()
    await asyncio.wait([case.modal.calls[dead.call_id]])
    await case.store.put(case.claim_key, claim)

    with pytest.raises(TransientError) as caught:
        await compute(context, case.request)

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    assert context.job.compute_call is None
    case.modal.may_end.set()
    assert await compute(context, case.request) == RESULT


async def test_cancelled_job_leaves_no_claim_and_no_call(case: Case) -> None:
    context = await case.claim_job()
    call = await case.compute.submit(case.request)
    await until_paid(case)
    async with case.database.transaction() as session:
        await session.jobs.set_compute_call(context.lease, call)
        await session.jobs.request_cancel(context.job.id)
    context.job = msgspec.structs.replace(context.job, compute_call=call)

    await settle_cancelled(context)

    assert case.modal.cancelled == [call.call_id]
    assert not await case.store.exists(case.claim_key)
    row = await case.row(context.job.id)
    assert (row.state, row.compute_call) == ("cancelled", None)


async def test_call_that_another_job_cancelled_is_made_again(case: Case) -> None:
    """A person cancels and asks again at once: the new job found the old one's call at work."""
    context = await case.claim_job()
    step = asyncio.create_task(compute(context, case.request))
    await until_paid(case)
    await case.compute.cancel(ComputeCall(call_id="fc-1", function="x", digest="x"))  # type: ignore[arg-type]

    with pytest.raises(TransientError) as caught:
        await step

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    case.modal.may_end.set()
    assert await compute(context, case.request) == RESULT


async def test_call_that_was_cancelled_with_its_job_says_so(case: Case) -> None:
    context = await case.claim_job()
    step = asyncio.create_task(compute(context, case.request))
    await until_paid(case)
    async with case.database.transaction() as session:
        await session.jobs.request_cancel(context.job.id)
    await case.compute.cancel(ComputeCall(call_id="fc-1", function="x", digest="x"))  # type: ignore[arg-type]

    with pytest.raises(PermanentError) as caught:
        await step

    assert caught.value.code is ErrorCode.COMPUTE_CANCELLED


async def test_calls_that_yield_in_a_circle_end(case: Case) -> None:
    context = await case.claim_job()
    call = ComputeCall(
        call_id="fc-1", function=function_of(case.request), digest=digest_of(case.request)
    )

    async def yields(call_id: str) -> Any:
        return Yielded(call_id=call_id)

    case.modal.calls = {
        "fc-1": asyncio.create_task(yields("fc-2")),
        "fc-2": asyncio.create_task(yields("fc-1")),
    }
    context.job = msgspec.structs.replace(context.job, compute_call=call)

    with pytest.raises(TransientError, match="yield to each other"):
        await compute(context, case.request)
