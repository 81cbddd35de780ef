"""What both compute adapters promise."""

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    ComputeCall,
    ExtractRequest,
    ExtractResult,
    FunctionName,
)

if TYPE_CHECKING:
    from conftest import Adapter


def request(knob: str) -> ExtractRequest:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    return ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language=knob)


async def test_submitted_call_gives_its_result_again_and_again(adapter: "Adapter") -> None:
    compute = adapter.fresh()

    call = await compute.submit(request("sleep=0"))

    first = await compute.result(call, 30)
    assert isinstance(first, ExtractResult)
    assert await compute.result(call, 30) == first


async def test_another_process_attaches_to_a_running_call(adapter: "Adapter") -> None:
    call = await adapter.fresh().submit(request("sleep=0.6"))

    result = await adapter.fresh().result(call, 30)

    assert isinstance(result, ExtractResult)


async def test_cancelled_waiter_leaves_the_call_running(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=0.8"))
    waiter = asyncio.create_task(compute.result(call, 30))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])

    assert isinstance(await compute.result(call, 30), ExtractResult)


@pytest.mark.parametrize(
    ("knob", "kind", "code"),
    [
        ("permanent", PermanentError, ErrorCode.VIDEO_UNREADABLE),
        ("transient", TransientError, ErrorCode.OCR_UNAVAILABLE),
    ],
)
async def test_the_functions_own_error_keeps_type_code_and_message(
    adapter: "Adapter", knob: str, kind: type[PermanentError | TransientError], code: ErrorCode
) -> None:
    compute = adapter.fresh()
    call = await compute.submit(request(knob))

    with pytest.raises(kind) as caught:
        await compute.result(call, 30)

    assert caught.value.code is code
    assert caught.value.message == f"A {knob} failure was asked for."


async def test_call_over_its_deadline_is_stopped(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=30"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 0.5)

    assert caught.value.code is ErrorCode.COMPUTE_TIMEOUT
    async with asyncio.timeout(10):
        with pytest.raises((PermanentError, TransientError)):
            await adapter.fresh().result(call, 20)


async def test_a_wall_clock_that_jumps_ends_no_call(
    adapter: "Adapter", monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=0.5"))
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 3600)

    assert isinstance(await compute.result(call, 30), ExtractResult)


async def test_cancelled_call_says_so_to_whoever_waits(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=30"))
    waiter = asyncio.create_task(compute.result(call, 30))
    await asyncio.sleep(0)

    await adapter.fresh().cancel(call)

    async with asyncio.timeout(10):
        with pytest.raises(PermanentError) as caught:
            await waiter
    assert caught.value.code is ErrorCode.COMPUTE_CANCELLED


async def test_cancelling_twice_or_the_unknown_is_no_error(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=0"))
    await compute.result(call, 30)

    await compute.cancel(call)
    await compute.cancel(call)
    await compute.cancel(_unknown())


async def test_call_that_died_is_lost(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("crash"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 30)

    assert caught.value.code is ErrorCode.COMPUTE_LOST


async def test_unknown_call_is_lost(adapter: "Adapter") -> None:
    with pytest.raises(TransientError) as caught:
        await adapter.fresh().result(_unknown(), 5)

    assert caught.value.code is ErrorCode.COMPUTE_LOST


def _unknown() -> ComputeCall:
    return ComputeCall(
        call_id="fc-none", function=FunctionName.EXTRACT_FRAMES_AND_OCR, digest="0" * 64
    )
