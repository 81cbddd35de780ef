"""The ways in which calls on Modal end, and the errors that the worker gets."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.object_keys import chunks_prefix
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    ComputeResult,
    ExtractRequest,
    ExtractResult,
    Measured,
    Yielded,
)
from captionacc_contracts.work.functions import FUNCTIONS, MODAL_APP, FunctionName
from captionacc_flow_worker.compute.modal_compute import ModalCompute
from captionacc_flow_worker.compute.ports import IsOurs
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.ends import InputLostError
from captionacc_testkit.waiting import eventually

EXTRACT = FunctionName.EXTRACT_FRAMES_AND_OCR


class UnreadableError(Exception):
    """An error that cannot be unpickled, like one whose class only the container has."""

    def __init__(self, *, reason: str) -> None:
        super().__init__()


def request(language: str = "sleep=0") -> ExtractRequest:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    return ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language=language)


def raises(error: BaseException) -> Callable[..., Any]:
    async def body(**_arguments: Any) -> None:
        raise error

    return body


@pytest.mark.parametrize(
    ("body", "family", "code"),
    [
        (raises(OSError(5, "no disk")), TransientError, ErrorCode.INTERNAL),
        (raises(ConnectionResetError()), TransientError, ErrorCode.INTERNAL),
        (raises(TimeoutError()), TransientError, ErrorCode.INTERNAL),
        (raises(SystemExit(2)), TransientError, ErrorCode.INTERNAL),
        (raises(KeyboardInterrupt()), TransientError, ErrorCode.INTERNAL),
        (raises(InputLostError("lost")), TransientError, ErrorCode.COMPUTE_LOST),
        (raises(UnreadableError(reason="x")), TransientError, ErrorCode.COMPUTE_LOST),
        (lambda **_: "some text", TransientError, ErrorCode.COMPUTE_LOST),
    ],
    ids=lambda value: None if callable(value) else str(value),
)
async def test_an_exception_of_the_container_ends_the_wait_at_once(
    cloud: ModalCloud,
    compute: ModalCompute,
    body: Callable[..., Any],
    family: type[CaptionAccError],
    code: ErrorCode,
) -> None:
    """These are not broken links, although some look like one."""
    cloud.deploy(MODAL_APP, EXTRACT, body)
    call = await compute.submit(request())

    async with asyncio.timeout(10):
        with pytest.raises(family) as caught:
            await compute.result(call, 3600)

    assert caught.value.code is code


async def test_a_function_over_its_own_limit_is_a_timeout(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    cloud.deploy(MODAL_APP, EXTRACT, cloud.find("", MODAL_APP, EXTRACT).body, timeout_s=0.1)
    call = await compute.submit(request("sleep=30"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 30)

    assert caught.value.code is ErrorCode.COMPUTE_TIMEOUT


async def test_an_expired_result_is_lost(cloud: ModalCloud, compute: ModalCompute) -> None:
    call = await compute.submit(request())
    await compute.result(call, 30)
    cloud.calls[call.call_id].expire()

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 30)

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    assert "OutputExpiredError" in caught.value.message


async def test_cancelling_the_waiter_does_not_stop_the_call(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    call = await compute.submit(request("sleep=0.4"))
    waiter = asyncio.create_task(compute.result(call, 30))
    await eventually(lambda: cloud.received("FunctionGetOutputs"), 5)
    waiter.cancel()
    await asyncio.wait([waiter])

    assert waiter.cancelled()
    assert not cloud.received("FunctionCallCancel")
    assert_extracted(await compute.result(call, 30))
    assert cloud.calls[call.call_id].runs == 1


async def test_cancelling_a_call_ends_its_container(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    call = await compute.submit(request("sleep=30"))

    await compute.cancel(call)

    [cancel] = cloud.calls[call.call_id].cancels
    assert cancel.terminate_containers
    with pytest.raises(PermanentError) as caught:
        await compute.result(call, 30)
    assert caught.value.code is ErrorCode.COMPUTE_CANCELLED


async def test_the_deadline_stops_the_call_on_the_server(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    call = await compute.submit(request("sleep=30"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 0.4)

    assert caught.value.code is ErrorCode.COMPUTE_TIMEOUT
    assert len(cloud.calls[call.call_id].cancels) == 1


async def lost() -> bool:
    return False


async def unknown() -> bool:
    raise TransientError(ErrorCode.DATABASE_UNAVAILABLE, "Postgres did not answer.")


@pytest.mark.parametrize(
    ("is_ours", "code"),
    [(lost, ErrorCode.LEASE_LOST), (unknown, ErrorCode.COMPUTE_UNREACHABLE)],
)
async def test_a_worker_that_may_have_lost_its_job_does_not_stop_its_successors_call(
    cloud: ModalCloud, compute: ModalCompute, is_ours: IsOurs, code: ErrorCode
) -> None:
    call = await compute.submit(request("sleep=30"))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 0.4, is_ours=is_ours)

    assert caught.value.code is code
    assert not cloud.calls[call.call_id].cancels


async def test_ping_looks_up_a_function_and_starts_nothing(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    await compute.ping()

    assert not cloud.calls


async def test_the_error_names_a_function_that_is_not_deployed(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    wanted = CaptionOcrRequest(
        chunks_prefix=chunks_prefix(TenantId(uuid4()), VideoId(uuid4()), 1),
        start_frame=0,
        end_frame=3,
    )

    with pytest.raises(TransientError, match=r"generate_caption_ocr .* app captionacc") as caught:
        await compute.submit(wanted)

    assert caught.value.code is ErrorCode.COMPUTE_LOST
    assert not cloud.calls


async def test_modal_retries_functions_as_the_table_says(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    tries: list[None] = []

    async def second_time(**_arguments: Any) -> CaptionOcrResult:
        tries.append(None)
        if len(tries) == 1:
            raise TransientError(ErrorCode.OCR_UNAVAILABLE, "The engine is busy.")
        return CaptionOcrResult(ocr_text="字幕", confidence=0.9, measured=Measured(seconds={}))

    name = FunctionName.GENERATE_CAPTION_OCR
    cloud.deploy(MODAL_APP, name, second_time, retries=FUNCTIONS[name].retries)
    prefix = chunks_prefix(TenantId(uuid4()), VideoId(uuid4()), 1)
    call = await compute.submit(CaptionOcrRequest(chunks_prefix=prefix, start_frame=0, end_frame=3))

    result = await compute.result(call, 30)
    assert isinstance(result, CaptionOcrResult)
    assert result.ocr_text == "字幕"
    assert cloud.calls[call.call_id].runs == 2


async def test_calls_before_and_after_a_redeployment_both_end_well(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    before = await compute.submit(request("sleep=0.3"))
    cloud.deploy(MODAL_APP, EXTRACT, cloud.find("", MODAL_APP, EXTRACT).body)

    after = await compute.submit(request())

    assert_extracted(await compute.result(before, 30))
    assert_extracted(await compute.result(after, 30))


def assert_extracted(result: ComputeResult | Yielded) -> None:
    """The result is what the stand-in for the extraction returns."""
    assert isinstance(result, ExtractResult)
    assert result.frame_count == 30
