"""Equal calls that run at one time: one works, the others point to it."""

import asyncio
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    Claim,
    Measured,
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
CLAIM_KEY = object_keys.compute_claim(*owner_of(REQUEST), digest_of(REQUEST))


def claim_of(call_id: str) -> bytes:
    return msgspec.json.encode(
        Claim(call_id=call_id, function=function_of(REQUEST), digest=digest_of(REQUEST))
    )


class Work:
    """Counts how often it was paid for."""

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


async def test_call_that_the_platform_runs_again_goes_on() -> None:
    store, work = InMemoryObjectStore(), Work()
    work.may_end.set()
    await store.put(CLAIM_KEY, claim_of("fc-1"))

    assert await workspace.perform(REQUEST, store, work, call_id="fc-1") == RESULT


async def test_failed_call_gives_its_claim_up() -> None:
    store = InMemoryObjectStore()
    work = Work(TransientError(ErrorCode.OCR_UNAVAILABLE, "Away."))
    work.may_end.set()
    with pytest.raises(TransientError):
        await workspace.perform(REQUEST, store, work, call_id="fc-1")

    assert await workspace.perform(REQUEST, store, work, call_id="fc-2") == RESULT


async def test_cancelled_call_gives_its_claim_up() -> None:
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


async def test_many_calls_of_one_instant_are_paid_once() -> None:
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
