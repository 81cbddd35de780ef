"""Both compute adapters keep these promises."""

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall, ExtractRequest, ExtractResult
from captionacc_contracts.work.functions import FunctionName

if TYPE_CHECKING:
    from conftest import Adapter


def request(knob: str) -> ExtractRequest:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    return ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language=knob)


async def failure(adapter: "Adapter", knob: str, deadline_s: float = 30) -> CaptionAccError:
    """The error of a call that does what ``knob`` says."""
    compute = adapter.fresh()
    call = await compute.submit(request(knob))
    with pytest.raises(CaptionAccError) as caught:
        await compute.result(call, deadline_s)
    return caught.value


async def test_a_result_can_be_fetched_repeatedly(adapter: "Adapter") -> None:
    compute = adapter.fresh()

    call = await compute.submit(request("sleep=0"))

    first = await compute.result(call, 30)
    assert isinstance(first, ExtractResult)
    assert await compute.result(call, 30) == first


async def test_another_process_attaches_to_a_running_call(adapter: "Adapter") -> None:
    call = await adapter.fresh().submit(request("sleep=0.6"))

    result = await adapter.fresh().result(call, 30)

    assert isinstance(result, ExtractResult)


async def test_cancelling_the_waiter_does_not_stop_the_call(adapter: "Adapter") -> None:
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
async def test_an_error_of_the_function_keeps_its_type_code_and_message(
    adapter: "Adapter", knob: str, kind: type[PermanentError | TransientError], code: ErrorCode
) -> None:
    error = await failure(adapter, knob)

    assert isinstance(error, kind)
    assert error.code is code
    assert error.message == f"A {knob} failure was asked for."


async def test_a_call_over_its_deadline_is_stopped(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=30"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 0.5)

    assert caught.value.code is ErrorCode.COMPUTE_TIMEOUT
    async with asyncio.timeout(10):
        with pytest.raises((PermanentError, TransientError)):
            await adapter.fresh().result(call, 20)


async def test_a_worker_that_lost_its_job_leaves_the_late_call_to_its_successor(
    adapter: "Adapter",
) -> None:
    async def lost() -> bool:
        return False

    compute = adapter.fresh()
    call = await compute.submit(request("sleep=2"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 0.3, is_ours=lost)

    assert caught.value.code is ErrorCode.LEASE_LOST
    assert isinstance(await adapter.fresh().result(call, 30), ExtractResult)


async def test_a_jump_of_the_wall_clock_does_not_end_a_call(
    adapter: "Adapter", monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=0.5"))
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 3600)

    assert isinstance(await compute.result(call, 30), ExtractResult)


async def test_the_waiter_of_a_cancelled_call_gets_that_error(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=30"))
    waiter = asyncio.create_task(compute.result(call, 30))
    await asyncio.sleep(0)

    await adapter.fresh().cancel(call)

    async with asyncio.timeout(10):
        with pytest.raises(PermanentError) as caught:
            await waiter
    assert caught.value.code is ErrorCode.COMPUTE_CANCELLED


async def test_cancelling_twice_or_an_unknown_call_is_not_an_error(adapter: "Adapter") -> None:
    compute = adapter.fresh()
    call = await compute.submit(request("sleep=0"))
    await compute.result(call, 30)

    await compute.cancel(call)
    await compute.cancel(call)
    await compute.cancel(_unknown())


async def test_a_call_that_died_is_lost(adapter: "Adapter") -> None:
    error = await failure(adapter, "crash")

    assert isinstance(error, TransientError)
    assert error.code is ErrorCode.COMPUTE_LOST


async def test_an_unknown_call_is_lost(adapter: "Adapter") -> None:
    with pytest.raises(TransientError) as caught:
        await adapter.fresh().result(_unknown(), 5)

    assert caught.value.code is ErrorCode.COMPUTE_LOST


def _unknown() -> ComputeCall:
    return ComputeCall(
        call_id="fc-none", function=FunctionName.EXTRACT_FRAMES_AND_OCR, digest="0" * 64
    )
