"""Which failures are outages, which jobs wait, and what makes work go on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import pytest
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.dependencies import Dependency
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import JobState
from captionacc_flow_worker.outages.breaker import Pauses
from captionacc_flow_worker.outages.outages import Outages
from captionacc_flow_worker.outages.probes import Probe
from captionacc_supabase.rows import Job, Lease
from captionacc_testkit import rows
from captionacc_testkit.waiting import eventually

STORE, OCR = Dependency.OBJECT_STORE, Dependency.OCR
AWAY = TransientError(ErrorCode.STORE_UNAVAILABLE, "The store did not read 'x'.")
NO_OCR = TransientError(ErrorCode.OCR_UNAVAILABLE, "Google Vision did not answer.")
SHORT = Pauses(first_s=0.01, longest_s=0.05)


def a_job(token: int = 1, video_id: UUID | None = None) -> Job:
    job_id = uuid4()
    lease = Lease(job_id=job_id, owner="w", token=token, expires_at=rows.NOW)
    return rows.job(
        id=job_id, video_id=video_id or uuid4(), state=JobState.RUNNING, attempt=1, lease=lease
    )


class Service:
    """A service that a test takes away and brings back."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.hangs = False
        self.asked = 0

    async def probe(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def watched(probes: Mapping[Dependency, Probe | None]) -> AsyncIterator[Outages]:
    outages = Outages(probes, pauses=SHORT)
    watching = asyncio.create_task(outages.run())
    try:
        yield outages
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_failed_probe_makes_all_jobs_wait_until_one_succeeds() -> None:
    store = Service()
    async with watched({STORE: store.probe}) as outages:
        told = asyncio.Event()
        outages.when_changed(told.set)
        store.failure = AWAY

        assert await outages.behind(AWAY, a_job(), now()) is STORE

        assert outages.startable() == []
        assert [outage.dependency for outage in outages.away()] == [STORE]
        assert told.is_set()
        told.clear()
        store.failure = None
        await eventually(told.is_set, 5)
        assert outages.startable() == list(JobKind)
        assert outages.away() == []


async def test_somebody_can_wait_for_the_return_of_a_service() -> None:
    database = Service()
    async with watched({Dependency.DATABASE: database.probe}) as outages:
        database.failure = TransientError(ErrorCode.DATABASE_UNAVAILABLE, "No answer.")
        await outages.until_back(Dependency.DATABASE)
        await outages.behind(database.failure, a_job(), now())
        waiting = asyncio.create_task(outages.until_back(Dependency.DATABASE))
        await asyncio.sleep(0)
        assert not waiting.done()
        database.failure = None

        async with asyncio.timeout(5):
            await waiting


async def test_a_service_that_hangs_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captionacc_flow_worker.outages.outages.PROBE_LIMIT_S", 0.05)
    store = Service()
    store.hangs = True
    outages = Outages({STORE: store.probe})

    assert await outages.behind(AWAY, a_job(), now()) is STORE


async def test_a_job_that_fails_while_the_service_works_has_a_fault_of_its_own() -> None:
    store = Service()
    outages = Outages({STORE: store.probe})

    for _ in range(5):
        assert await outages.behind(AWAY, a_job(), now()) is None
    assert outages.startable() == list(JobKind)


@pytest.mark.parametrize(
    "error",
    [
        PermanentError(ErrorCode.OBJECT_MISSING, "The store has no such object."),
        PermanentError(ErrorCode.VIDEO_UNREADABLE, "It is no video."),
        PermanentError(ErrorCode.VIDEO_TOO_LARGE, "It is too large."),
        TransientError(ErrorCode.COMPUTE_TIMEOUT, "It took too long."),
    ],
)
async def test_a_fault_of_the_video_is_no_outage(error: CaptionAccError) -> None:
    store = Service()
    store.failure = AWAY
    outages = Outages({STORE: store.probe, Dependency.COMPUTE: store.probe, OCR: None})

    assert await outages.behind(error, a_job(), now()) is None
    assert store.asked == 0


async def test_many_jobs_that_fail_together_ask_once() -> None:
    store = Service()
    store.failure = AWAY
    outages = Outages({STORE: store.probe})

    found = await asyncio.gather(*(outages.behind(AWAY, a_job(), now()) for _ in range(20)))

    assert found == [STORE] * 20
    assert store.asked == 1


async def test_jobs_that_read_no_text_go_on_without_ocr() -> None:
    outages = Outages({OCR: None})

    assert await outages.behind(NO_OCR, a_job(), now()) is OCR

    assert outages.startable() == [JobKind.CROP_AND_INFER]


async def test_a_service_without_a_probe_is_tried_by_one_job_at_a_time() -> None:
    async with watched({OCR: None}) as outages:
        await outages.behind(NO_OCR, a_job(), now())
        await eventually(lambda: len(outages.startable()) > 1, 5)
        first, second = a_job(2), a_job(3)

        outages.began(first)
        assert outages.startable() == [JobKind.CROP_AND_INFER]
        assert await outages.behind(NO_OCR, first, now()) is OCR
        outages.ended(first)

        await eventually(lambda: len(outages.startable()) > 1, 5)
        outages.began(second)
        outages.worked(second)
        assert outages.startable() == list(JobKind)


async def test_a_try_that_shows_nothing_is_followed_by_another() -> None:
    async with watched({OCR: None}) as outages:
        await outages.behind(NO_OCR, a_job(), now())
        await eventually(lambda: len(outages.startable()) > 1, 5)
        cancelled = a_job(2)
        outages.began(cancelled)
        outages.ended(cancelled)

        assert outages.startable() == [JobKind.CROP_AND_INFER]
        await eventually(lambda: len(outages.startable()) > 1, 5)


async def test_without_a_probe_a_job_that_fails_while_others_succeed_counts() -> None:
    outages = Outages({OCR: None})
    job, began = a_job(), now()
    await asyncio.sleep(0.001)
    outages.worked(a_job())

    assert await outages.behind(NO_OCR, job, began) is None


async def test_success_of_the_same_video_says_nothing_about_others() -> None:
    outages = Outages({OCR: None})
    job, began = a_job(), now()
    await asyncio.sleep(0.001)
    outages.worked(a_job(video_id=job.video_id))

    assert await outages.behind(NO_OCR, job, began) is OCR
