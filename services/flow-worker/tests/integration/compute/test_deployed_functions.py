"""The worker can call the functions as ``captionacc_modal.app`` declares them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import modal
import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import TrackRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionsOcrRequest,
    CaptionsOcrResult,
    ComputeRequest,
    CropInferRequest,
    ExtractRequest,
    Measured,
    OcrText,
    digest_of,
    function_of,
)
from captionacc_contracts.work.functions import FUNCTIONS
from captionacc_flow_worker.compute.modal_compute import ModalCompute
from captionacc_modal import app as deployed
from captionacc_modal import in_container
from captionacc_stack.backing import store_environment
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

TENANT, VIDEO = TenantId(uuid4()), VideoId(uuid4())
UPLOAD = object_keys.upload(TENANT, VIDEO)
CHUNKS = object_keys.chunks_prefix(TENANT, VIDEO, 1)
REQUESTS: list[ComputeRequest] = [
    ExtractRequest(video_key=UPLOAD, tenant_id=TENANT, video_id=VIDEO, language="en"),
    CropInferRequest(
        video_key=UPLOAD,
        tenant_id=TENANT,
        video_id=VIDEO,
        crop_region=CropRegion(crop_left=0, crop_top=0.5, crop_right=1, crop_bottom=1),
        frame_rate=10.0,
        cropped_frames_version=1,
    ),
    CaptionOcrRequest(chunks_prefix=CHUNKS, start_frame=0, end_frame=3),
    CaptionsOcrRequest(
        chunks_prefix=CHUNKS, ranges=[TrackRange(start_frame=0, end_frame=3)], language="zh"
    ),
]


@pytest.fixture(autouse=True)
def container(
    cloud: ModalCloud, object_store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Deploy every function of the app with its own name and body and its secrets' variables."""
    for name, value in store_environment(object_store_settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OCR_ENGINE", "rapidocr")
    for name, function in deployed.functions.items():
        cloud.deploy(
            str(deployed.app.name),
            name,
            body_of(function),
            timeout_s=FUNCTIONS[name].timeout_s,
            retries=FUNCTIONS[name].retries,
        )
    in_container._set_up.cache_clear()
    yield
    in_container._set_up.cache_clear()


def body_of(function: modal.Function[..., Any, Any]) -> Callable[..., Awaitable[Any]]:
    async def body(*positional: Any, **by_name: Any) -> Any:
        return await function.local(*positional, **by_name)

    return body


async def test_the_worker_can_call_every_function_with_its_arguments(
    cloud: ModalCloud, compute: ModalCompute
) -> None:
    """The store is empty, so each function runs and answers with an error of our own."""
    calls = await asyncio.gather(*map(compute.submit, REQUESTS))

    errors = await asyncio.gather(
        *(compute.result(call, 60) for call in calls), return_exceptions=True
    )

    for request, call, error in zip(REQUESTS, calls, errors, strict=True):
        assert isinstance(error, PermanentError)
        assert error.code is ErrorCode.OBJECT_MISSING
        name = function_of(request)
        made = cloud.calls[call.call_id]
        assert (made.function.name, made.runs) == (name, 1 + FUNCTIONS[name].retries)


async def test_an_equal_call_gets_the_stored_result(
    compute: ModalCompute, object_store_settings: StoreSettings
) -> None:
    expected = CaptionsOcrResult(
        texts=[OcrText(text="字幕", confidence=0.9)] * 500, measured=Measured(seconds={})
    )
    async with open_store(object_store_settings) as store:
        key = object_keys.compute_result(TENANT, VIDEO, digest_of(REQUESTS[3]))
        await store.put(key, msgspec.json.encode(expected), content_type="application/json")

    call = await compute.submit(REQUESTS[3])

    assert await compute.result(call, 60) == expected
