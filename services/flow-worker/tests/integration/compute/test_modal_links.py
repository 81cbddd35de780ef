"""A call on Modal is neither lost nor started twice when the link to Modal breaks."""

import asyncio
from typing import Any
from uuid import uuid4

import modal
import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import TrackRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.object_keys import chunks_prefix
from captionacc_contracts.work.compute import (
    CaptionsOcrRequest,
    CaptionsOcrResult,
    CropInferRequest,
    CropInferResult,
    ExtractRequest,
    ExtractResult,
    Measured,
    OcrText,
)
from captionacc_contracts.work.functions import MODAL_APP, FunctionName
from captionacc_flow_worker.compute.modal_compute import ModalCompute, ModalTimes
from captionacc_testkit.compute_results import inferred
from captionacc_testkit.faults import faulty_proxy
from captionacc_testkit.modal_cloud import client
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.waiting import eventually
from grpclib.const import Status

OWNER = TenantId(uuid4()), VideoId(uuid4())
TIMES = ModalTimes(step_s=0.3, stuck_s=2, request_s=10, pause_s=0.05, longest_pause_s=0.2)


def request(language: str = "sleep=0") -> ExtractRequest:
    tenant, video = OWNER
    return ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language=language)


async def until_waited_for(cloud: ModalCloud) -> None:
    await eventually(lambda: cloud.received("FunctionGetOutputs"), 5)


async def test_a_service_that_is_away_for_seconds_is_waited_for(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    call = await compute.submit(request("sleep=0.5"))
    waiter = asyncio.create_task(compute.result(call, 30))
    await until_waited_for(cloud)
    cloud.faults.begin_outage(Status.UNAVAILABLE)
    await asyncio.wait([waiter], timeout=0.9)
    assert not waiter.done()

    cloud.faults.end_outage()

    assert isinstance(await waiter, ExtractResult)
    assert len(cloud.calls) == 1
    assert not cloud.received("FunctionCallCancel")


async def test_a_cut_connection_is_opened_again(cloud: ModalCloud) -> None:
    async with (
        faulty_proxy("127.0.0.1", cloud.port) as link,
        client.connected(f"http://127.0.0.1:{link.port}", cloud.token) as over_link,
    ):
        compute = ModalCompute(client=over_link, times=TIMES)
        call = await compute.submit(request("sleep=0.5"))
        waiter = asyncio.create_task(compute.result(call, 30))
        await until_waited_for(cloud)
        link.cut()
        await asyncio.wait([waiter], timeout=0.9)
        assert not waiter.done()

        link.restore()

        assert isinstance(await waiter, ExtractResult)
        assert len(cloud.received("FunctionMap")) == 1


async def test_a_silent_link_does_not_block_the_caller(cloud: ModalCloud) -> None:
    async with (
        faulty_proxy("127.0.0.1", cloud.port) as link,
        client.connected(f"http://127.0.0.1:{link.port}", cloud.token) as over_link,
    ):
        call = await ModalCompute(client=over_link).submit(request("sleep=30"))
        compute = ModalCompute(
            client=over_link, times=ModalTimes(step_s=0.2, stuck_s=0.2, request_s=0.3)
        )
        link.black_hole()

        async with asyncio.timeout(10):
            with pytest.raises(TransientError) as caught:
                await compute.result(call, 0.6)
            with pytest.raises(TransientError) as started:
                await compute.submit(request())

        assert caught.value.code is ErrorCode.COMPUTE_UNREACHABLE
        assert started.value.code is ErrorCode.COMPUTE_LOST
        link.restore()


@pytest.mark.parametrize(
    ("status", "times"), [(Status.INTERNAL, 4), (Status.RESOURCE_EXHAUSTED, 3)]
)
async def test_a_refused_wait_is_repeated(
    cloud: ModalCloud, compute: ModalCompute, status: Status, times: int
) -> None:
    call = await compute.submit(request())
    cloud.faults.refuse("FunctionGetOutputs", status, times=times)

    assert isinstance(await compute.result(call, 30), ExtractResult)
    assert len(cloud.received("FunctionGetOutputs")) > times
    assert len(cloud.calls) == 1


async def test_a_request_without_an_answer_is_repeated(
    cloud: ModalCloud, modal_client: modal.Client
) -> None:
    compute = ModalCompute(client=modal_client, times=ModalTimes(step_s=0.1, stuck_s=0.2))
    call = await compute.submit(request())
    cloud.faults.hang("FunctionGetOutputs")

    assert isinstance(await compute.result(call, 30), ExtractResult)
    assert len(cloud.received("FunctionGetOutputs")) >= 2


async def test_client_and_server_both_limit_each_wait(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    call = await compute.submit(request("sleep=30"))
    waiter = asyncio.create_task(compute.result(call, 30))
    await eventually(lambda: len(cloud.received("FunctionGetOutputs")) >= 3, 10)
    waiter.cancel()
    await asyncio.wait([waiter])

    waits = cloud.received("FunctionGetOutputs")
    assert all(wait.request.timeout < TIMES.step_s + 0.01 for wait in waits)
    assert all(wait.limit_s is not None and wait.limit_s < 10 for wait in waits)


async def test_a_spawn_whose_answer_is_lost_starts_one_call(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    """Modal heeds the idempotency key here; ``test_pay_once`` has the other case."""
    cloud.faults.lose_answers("FunctionMap", times=2)

    call = await compute.submit(request())

    keys = {spawn.metadata["x-idempotency-key"] for spawn in cloud.received("FunctionMap")}
    assert len(cloud.received("FunctionMap")) == 3
    assert len(keys) == 1
    assert list(cloud.calls) == [call.call_id]


async def test_an_input_sent_by_a_separate_request_starts_one_call(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    cloud.pipelines_inputs = False
    cloud.faults.lose_answers("FunctionPutInputs")

    call = await compute.submit(request())

    assert isinstance(await compute.result(call, 30), ExtractResult)
    assert cloud.calls[call.call_id].runs == 1


async def test_the_error_of_a_refused_token_names_the_settings(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    call = await compute.submit(request("sleep=30"))
    cloud.token = ("ak-other", "as-other")

    for refused in (compute.submit(request()), compute.result(call, 30), compute.cancel(call)):
        with pytest.raises(PermanentError, match="MODAL_TOKEN_ID and MODAL_TOKEN_SECRET") as caught:
            await refused
        assert caught.value.code is ErrorCode.COMPUTE_UNREACHABLE
    assert not cloud.calls[call.call_id].cancels


async def test_large_requests_and_results_travel_as_blobs(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    """Both are usual for a long video, which has thousands of captions."""

    async def read_all(*, ranges: list[TrackRange], **_arguments: Any) -> CaptionsOcrResult:
        texts = [OcrText(text=f"字幕 {item.start_frame}", confidence=0.9) for item in ranges]
        return CaptionsOcrResult(texts=texts, measured=Measured(seconds={}))

    cloud.deploy(MODAL_APP, FunctionName.GENERATE_CAPTIONS_OCR, read_all)
    ranges = [TrackRange(start_frame=start, end_frame=start + 1) for start in range(2000)]

    call = await compute.submit(
        CaptionsOcrRequest(chunks_prefix=chunks_prefix(*OWNER, 1), ranges=ranges)
    )
    result = await compute.result(call, 30)

    assert isinstance(result, CaptionsOcrResult)
    assert [text.text for text in result.texts] == [f"字幕 {start}" for start in range(2000)]
    assert (cloud.blobs.uploads, cloud.blobs.downloads) == (1, 1)


async def test_a_broken_download_of_a_large_result_is_repeated(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    extents = [
        CaptionExtent(start_frame=start, end_frame=start + 1, kind=ExtentKind.GAP, confidence=0.9)
        for start in range(1000)
    ]
    expected = inferred(frame_count=1000, extents=extents)

    async def infer(**_arguments: Any) -> CropInferResult:
        return expected

    cloud.deploy(MODAL_APP, FunctionName.CROP_AND_INFER, infer)
    tenant, video = OWNER
    region = CropRegion(crop_left=0, crop_top=0.5, crop_right=1, crop_bottom=1)
    call = await compute.submit(
        CropInferRequest(
            video_key="v",
            tenant_id=tenant,
            video_id=video,
            crop_region=region,
            frame_rate=10.0,
            cropped_frames_version=1,
        )
    )
    cloud.blobs.broken_downloads = 12

    assert await compute.result(call, 30) == expected
    assert cloud.blobs.broken_downloads == 0
    assert len(cloud.calls) == 1


async def test_functions_are_looked_up_in_the_environment_of_the_settings(
    cloud: ModalCloud, modal_client: modal.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = cloud.find("", MODAL_APP, FunctionName.EXTRACT_FRAMES_AND_OCR).body
    cloud.deploy(MODAL_APP, FunctionName.EXTRACT_FRAMES_AND_OCR, body, environment="staging")
    monkeypatch.setenv("MODAL_ENVIRONMENT", "staging")

    call = await ModalCompute(client=modal_client, times=TIMES).submit(request())

    assert cloud.calls[call.call_id].function.environment == "staging"
    arguments = msgspec.structs.asdict(request())
    assert cloud.calls[call.call_id].by_name == arguments
