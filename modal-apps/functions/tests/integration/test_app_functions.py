"""The bodies of the Modal functions, run here against a real object store."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CropInferRequest,
    ExtractRequest,
    ExtractResult,
    arguments_of,
)
from captionacc_contracts.work.functions import FunctionName
from captionacc_modal import app, in_container
from captionacc_stack.backing import store_environment
from captionacc_testkit.media import make_clip
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

EXTRACT = app.functions[FunctionName.EXTRACT_FRAMES_AND_OCR]
CROP_AND_INFER = app.functions[FunctionName.CROP_AND_INFER]


@pytest.fixture
def container(
    object_store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StoreSettings]:
    """The environment that the secrets give."""
    for name, value in store_environment(object_store_settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OCR_ENGINE", "rapidocr")
    in_container._set_up.cache_clear()
    yield object_store_settings
    in_container._set_up.cache_clear()


async def test_a_call_as_the_worker_makes_it(tmp_path: Path, container: StoreSettings) -> None:
    request = ExtractRequest(
        video_key="", tenant_id=TenantId(uuid4()), video_id=VideoId(uuid4()), language="en"
    )
    key = object_keys.upload(request.tenant_id, request.video_id)
    request = msgspec.structs.replace(request, video_key=key)
    async with open_store(container) as store:
        await store.put_file(key, make_clip(tmp_path / "a.mp4", size=(160, 90), seconds=1))
    result = await EXTRACT.local(**arguments_of(request))
    assert isinstance(result, ExtractResult)
    assert result.frame_count == 10
    tenant, video = str(request.tenant_id), str(request.video_id)
    again = await EXTRACT.local(key, tenant, video, 0.1, "en")
    assert again == result, "identifiers as text ask for the same work"


async def test_a_refused_request_raises_an_error_of_the_contracts(container: StoreSettings) -> None:
    request = CropInferRequest(
        video_key="none",
        tenant_id=TenantId(uuid4()),
        video_id=VideoId(uuid4()),
        crop_region=CropRegion(crop_left=0, crop_top=0.5, crop_right=1, crop_bottom=1),
        frame_rate=10.0,
        cropped_frames_version=1,
    )
    with pytest.raises(PermanentError) as raised:
        await CROP_AND_INFER.local(**arguments_of(request))
    assert raised.value.code is ErrorCode.OBJECT_KEY_INVALID


async def test_a_secret_that_lacks_a_key_is_named(
    container: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WASABI_BUCKET")
    with pytest.raises(PermanentError, match="WASABI_BUCKET is not set"):
        await EXTRACT.local("k", str(uuid4()), str(uuid4()))


async def test_arguments_that_do_not_fit_are_refused(container: StoreSettings) -> None:
    with pytest.raises(PermanentError, match="missing a required argument: 'tenant_id'"):
        await EXTRACT.local("k")
    with pytest.raises(PermanentError, match="Invalid UUID"):
        await EXTRACT.local("k", "not an identifier", str(uuid4()))
