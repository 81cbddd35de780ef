"""Equal calls: one does the work, and its result and its progress are in the store."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    Claim,
    ComputeResult,
    Measured,
    Progress,
    Yielded,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_modal import workspace
from captionacc_wasabi.testing import InMemoryObjectStore

TENANT, VIDEO = TenantId(UUID(int=1)), VideoId(UUID(int=2))
REQUEST = CaptionOcrRequest(
    chunks_prefix=object_keys.chunks_prefix(TENANT, VIDEO, 1), start_frame=0, end_frame=9
)
RESULT = CaptionOcrResult(ocr_text="hello", confidence=0.9, measured=Measured(seconds={}))
CLAIM_KEY, PROGRESS_KEY, RESULT_KEY = (
    key(*owner_of(REQUEST), digest_of(REQUEST))
    for key in (
        object_keys.compute_claim,
        object_keys.compute_progress,
        object_keys.compute_result,
    )
)


def claim_of(call_id: str) -> bytes:
    return msgspec.json.encode(
        Claim(call_id=call_id, function=function_of(REQUEST), digest=digest_of(REQUEST))
    )


class Work:
    """Counts how often it begins."""

    def __init__(self, *failures: BaseException) -> None:
        self.begun = 0
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self._failures = list(failures)

    async def __call__(self, _report: object) -> CaptionOcrResult:
        self.begun += 1
        self.has_begun.set()
        await self.may_end.wait()
        if self._failures:
            raise self._failures.pop(0)
        return RESULT


async def until_begun(work: Work) -> None:
    async with asyncio.timeout(5):
        await work.has_begun.wait()


async def test_second_call_yields_to_the_first() -> None:
    store, work = InMemoryObjectStore(), Work()
    first = asyncio.create_task(workspace.perform(REQUEST, store, work, call_id="fc-1"))
    await until_begun(work)

    assert await workspace.perform(REQUEST, store, work, call_id="fc-2") == Yielded(call_id="fc-1")

    work.may_end.set()
    assert await first == RESULT
    assert await workspace.perform(REQUEST, store, work, call_id="fc-3") == RESULT
    assert work.begun == 1


async def test_call_that_modal_runs_again_keeps_its_claim() -> None:
    store, work = InMemoryObjectStore(), Work()
    work.may_end.set()
    await store.put(CLAIM_KEY, claim_of("fc-1"))

    assert await workspace.perform(REQUEST, store, work, call_id="fc-1") == RESULT


async def test_failed_call_gives_up_its_claim() -> None:
    store = InMemoryObjectStore()
    work = Work(TransientError(ErrorCode.OCR_UNAVAILABLE, "Away."))
    work.may_end.set()
    with pytest.raises(TransientError):
        await workspace.perform(REQUEST, store, work, call_id="fc-1")

    assert await workspace.perform(REQUEST, store, work, call_id="fc-2") == RESULT


async def test_cancelled_call_gives_up_its_claim() -> None:
    store, work = InMemoryObjectStore(), Work()
    first = asyncio.create_task(workspace.perform(REQUEST, store, work, call_id="fc-1"))
    await until_begun(work)

    first.cancel()
    await asyncio.wait([first])

    assert not await store.exists(CLAIM_KEY)


async def test_failed_call_leaves_the_claim_of_another() -> None:
    store = InMemoryObjectStore()
    work = Work(TransientError(ErrorCode.OCR_UNAVAILABLE, "Away."))
    first = asyncio.create_task(workspace.perform(REQUEST, store, work, call_id="fc-1"))
    await until_begun(work)
    other = claim_of("fc-2")
    await store.put(CLAIM_KEY, other)
    work.may_end.set()

    with pytest.raises(TransientError):
        await first

    assert await store.get(CLAIM_KEY) == other


async def test_unreadable_claim_is_replaced() -> None:
    store, work = InMemoryObjectStore(), Work()
    work.may_end.set()
    await store.put(CLAIM_KEY, b"{")

    assert await workspace.perform(REQUEST, store, work, call_id="fc-1") == RESULT


async def test_many_equal_calls_at_the_same_time_do_the_work_once() -> None:
    store, work = InMemoryObjectStore(), Work()
    calls = [
        asyncio.create_task(workspace.perform(REQUEST, store, work, call_id=f"fc-{number}"))
        for number in range(20)
    ]
    await until_begun(work)
    work.may_end.set()

    answers = await asyncio.gather(*calls)

    assert work.begun == 1
    assert answers.count(RESULT) == 1
    assert len({answer.call_id for answer in answers if isinstance(answer, Yielded)}) == 1


class CountingStore(InMemoryObjectStore):
    """Records the keys that are written; the keys in ``failing`` cannot be written."""

    def __init__(self, *, failing: Sequence[str] = ()) -> None:
        super().__init__()
        self.writes: list[str] = []
        self._failing = failing

    async def put(self, key: str, data: bytes, *, content_type: str = "") -> None:
        if key in self._failing:
            raise TransientError(ErrorCode.STORE_UNAVAILABLE, "The store does not answer.")
        self.writes.append(key)
        await super().put(key, data, content_type=content_type)


async def test_equal_work_is_done_once() -> None:
    store = InMemoryObjectStore()
    done = 0

    async def work(_: object) -> CaptionOcrResult:
        nonlocal done
        done += 1
        return RESULT

    assert await workspace.perform(REQUEST, store, work) == RESULT
    assert await workspace.perform(REQUEST, store, work) == RESULT
    assert done == 1
    other = msgspec.structs.replace(REQUEST, end_frame=10)
    assert await workspace.perform(other, store, work) == RESULT
    assert done == 2


async def test_a_stored_result_that_cannot_be_read_is_made_again() -> None:
    store = InMemoryObjectStore()
    await store.put(RESULT_KEY, b'{"type": "brewed_coffee"}')

    async def work(_: object) -> CaptionOcrResult:
        return RESULT

    assert await workspace.perform(REQUEST, store, work) == RESULT
    assert msgspec.json.decode(await store.get(RESULT_KEY), type=ComputeResult) == RESULT


async def test_progress_is_written_at_intervals_and_the_result_last() -> None:
    store = CountingStore()

    async def work(report: Callable[[Progress], None]) -> CaptionOcrResult:
        for number in range(500):
            report(Progress(stage="ocr", done=number, total=500))
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        report(Progress(stage="ocr", done=500, total=500))
        return RESULT

    await workspace.perform(REQUEST, store, work, progress_interval_s=0.02)
    assert store.writes[-1] == RESULT_KEY
    assert 2 <= store.writes.count(PROGRESS_KEY) <= 20
    newest = msgspec.json.decode(await store.get(PROGRESS_KEY), type=Progress)
    assert newest.done == 500


async def test_a_call_whose_progress_cannot_be_written_succeeds() -> None:
    store = CountingStore(failing=[PROGRESS_KEY])

    async def work(report: Callable[[Progress], None]) -> CaptionOcrResult:
        report(Progress(stage="ocr", done=1, total=1))
        return RESULT

    assert await workspace.perform(REQUEST, store, work) == RESULT


async def test_a_failed_call_leaves_no_result() -> None:
    store = InMemoryObjectStore()

    async def work(_: object) -> CaptionOcrResult:
        raise PermanentError(ErrorCode.OCR_FAILED, "Unreadable.")

    with pytest.raises(PermanentError):
        await workspace.perform(REQUEST, store, work)
    assert not await store.exists(RESULT_KEY)
