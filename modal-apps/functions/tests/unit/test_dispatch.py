"""The errors that leave a call, and the engines that it gets."""

import asyncio
import errno
import pickle
from pathlib import Path
from uuid import UUID

import pytest
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ExtractRequest, Hardware
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_media.ocr.languages.engines import Installed
from captionacc_media.ocr.protocol import OcrEngine
from captionacc_modal import dispatch
from captionacc_modal.outbox import Outbox
from captionacc_modal.settings import ComputeSettings
from captionacc_modal.wiring import ProcessEngines
from captionacc_wasabi.testing import InMemoryObjectStore

TENANT, VIDEO = TenantId(UUID(int=1)), VideoId(UUID(int=2))
REQUEST = ExtractRequest(video_key=f"{TENANT}/a.mp4", tenant_id=TENANT, video_id=VIDEO)


class _Engines:
    """Engines that raise an error when a call asks for one."""

    threads = 1
    hardware = Hardware(cpu_cores=1)

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def ocr(self) -> OcrEngine:
        raise self._error

    def installed(self) -> Installed:
        raise self._error

    def network(self) -> ExtentsNetwork:
        raise self._error


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ValueError("secret"), PermanentError, ErrorCode.INTERNAL),
        (SystemExit(3), PermanentError, ErrorCode.INTERNAL),
        (MemoryError(), TransientError, ErrorCode.INTERNAL),
        (RuntimeError("Conv node: std::bad_alloc"), TransientError, ErrorCode.INTERNAL),
        (OSError(errno.EMFILE, "Too many files"), TransientError, ErrorCode.INTERNAL),
        (OSError(errno.ENOSPC, "No space left"), TransientError, ErrorCode.COMPUTE_LOST),
        (TransientError(ErrorCode.OCR_UNAVAILABLE, "Away."), TransientError, "ocr_unavailable"),
    ],
)
async def test_every_error_becomes_one_of_the_contracts(
    error: BaseException, kind: type[CaptionAccError], code: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as raised:
        await dispatch.perform(
            REQUEST, InMemoryObjectStore(), _Engines(error), outbox=Outbox(tmp_path / "kept")
        )
    assert raised.value.code == code
    assert "secret" not in raised.value.message
    assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args


async def test_a_cancelled_call_stays_cancelled(tmp_path: Path) -> None:
    started = asyncio.Event()

    class SlowStore(InMemoryObjectStore):
        async def get(self, key: str, *, max_bytes: int = 0) -> bytes:
            started.set()
            await asyncio.Event().wait()
            raise AssertionError

    task = asyncio.create_task(
        dispatch.perform(
            REQUEST,
            SlowStore(),
            _Engines(ValueError("unused")),
            outbox=Outbox(tmp_path / "kept"),
        )
    )
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("key", [None, "not json", '{"type": "service_account"}'])
def test_google_vision_without_a_key_says_what_to_do(key: str | None) -> None:
    settings = ComputeSettings(
        wasabi_endpoint_url="http://localhost",
        wasabi_access_key="a",
        wasabi_secret_key="b",
        wasabi_bucket="c",
        ocr_engine=OcrEngineName.GOOGLE_VISION,
        google_application_credentials_json=key,
    )
    with pytest.raises(PermanentError) as raised:
        ProcessEngines(settings).ocr()
    assert raised.value.code is ErrorCode.OCR_UNAVAILABLE
    assert "GOOGLE_APPLICATION_CREDENTIALS_JSON" in raised.value.message
