"""The functions as ``captionacc_modal.app`` declares them, called as the worker calls them."""

import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import modal
import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.compute import (
    FUNCTIONS,
    CaptionOcrRequest,
    CaptionsOcrRequest,
    ComputeRequest,
    CropInferRequest,
    ExtractRequest,
    ExtractResult,
    FunctionName,
    Yielded,
    function_of,
)
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.geometry import CropRegion, FrameRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_flow_worker.adapters.modal_compute import ModalCompute
from captionacc_modal import app as deployed
from captionacc_modal import in_container
from captionacc_testkit.media import make_clip
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore

TENANT, VIDEO = TenantId(uuid4()), VideoId(uuid4())
UPLOAD = object_keys.upload(TENANT, VIDEO)
CHUNKS = object_keys.chunks_prefix(TENANT, VIDEO, 1)
REQUESTS = [
    ExtractRequest(video_key=UPLOAD, tenant_id=TENANT, video_id=VIDEO, language="en"),
    CropInferRequest(
        video_key=UPLOAD,
        tenant_id=TENANT,
        video_id=VIDEO,
        crop_region=CropRegion(crop_left=0, crop_top=0.5, crop_right=1, crop_bottom=1),
    ),
    CaptionOcrRequest(chunks_prefix=CHUNKS, start_frame=0, end_frame=3),
    CaptionsOcrRequest(
        chunks_prefix=CHUNKS, ranges=[FrameRange(start_frame=0, end_frame=3)], language="zh"
    ),
]


@pytest.fixture(autouse=True)
def container(
    cloud: ModalCloud, object_store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Every function of the app with its own name and body, and what the secrets give it."""
    for name, value in msgspec.structs.asdict(object_store_settings).items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("OCR_ENGINE", "rapidocr")
    with warnings.catch_warnings():
        # Goes with modal 1.7, which the pin keeps out.
        warnings.simplefilter("ignore")
        functions = deployed.app.registered_functions
    for name, function in functions.items():
        cloud.deploy(
            str(deployed.app.name),
            name,
            body_of(function),
            timeout_s=FUNCTIONS[FunctionName(name)].timeout_s,
            retries=FUNCTIONS[FunctionName(name)].retries,
        )
    in_container._set_up.cache_clear()
    yield
    in_container._set_up.cache_clear()


def body_of(function: modal.Function[..., Any, Any]) -> Callable[..., Awaitable[Any]]:
    async def body(*positional: Any, **by_name: Any) -> Any:
        return await function.local(*positional, **by_name)

    return body


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: function_of(request).value)
async def test_the_worker_finds_the_function_and_its_arguments_fit(
    cloud: ModalCloud, compute: ModalCompute, request_: ComputeRequest
) -> None:
    """The store is empty, which the function itself finds out and says in our own words."""
    call = await compute.submit(request_)

    with pytest.raises(PermanentError) as caught:
        await compute.result(call, 60)

    assert caught.value.code is ErrorCode.OBJECT_MISSING
    assert cloud.calls[call.call_id].function.name == function_of(request_)
    assert cloud.calls[call.call_id].runs == 1 + FUNCTIONS[function_of(request_)].retries


async def test_a_clip_comes_back_as_a_result(
    compute: ModalCompute, object_store_settings: StoreSettings, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(160, 90), seconds=1)
    async with ObjectStore.open(object_store_settings) as store:
        await store.put_file(UPLOAD, clip)
    first = await compute.submit(REQUESTS[0])
    second = await compute.submit(REQUESTS[0])

    result = await compute.result(first, 60)
    other = await compute.result(second, 60)

    assert isinstance(result, ExtractResult)
    assert result.frame_count == 10
    assert other in (result, Yielded(call_id=first.call_id))
