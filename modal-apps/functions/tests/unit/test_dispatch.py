"""What every call shares, whatever it computes."""

import asyncio
import pickle
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    CaptionOcrRequest,
    CaptionOcrResult,
    ComputeResult,
    ExtractRequest,
    Hardware,
    Measured,
    Progress,
    digest_of,
    owner_of,
)
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_media.ocr.protocol import OcrEngine
from captionacc_modal import dispatch, workspace
from captionacc_modal.settings import ComputeSettings
from captionacc_modal.wiring import ProcessEngines
from captionacc_wasabi.testing import InMemoryObjectStore

TENANT, VIDEO = TenantId(UUID(int=1)), VideoId(UUID(int=2))
REQUEST = CaptionOcrRequest(
    chunks_prefix=object_keys.chunks_prefix(TENANT, VIDEO, 1), start_frame=0, end_frame=9
)
RESULT = CaptionOcrResult(ocr_text="hello", confidence=0.9, measured=Measured(seconds={}))
RESULT_KEY = object_keys.compute_result(*owner_of(REQUEST), digest_of(REQUEST))
PROGRESS_KEY = object_keys.compute_progress(*owner_of(REQUEST), digest_of(REQUEST))


class CountingStore(InMemoryObjectStore):
    """Counts writes by key, and fails those that it is told to."""

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


async def test_a_stored_result_of_another_shape_is_made_again() -> None:
    store = InMemoryObjectStore()
    await store.put(RESULT_KEY, b'{"type": "brewed_coffee"}')

    async def work(_: object) -> CaptionOcrResult:
        return RESULT

    assert await workspace.perform(REQUEST, store, work) == RESULT
    assert msgspec.json.decode(await store.get(RESULT_KEY), type=ComputeResult) == RESULT


async def test_progress_is_written_now_and_then_and_the_result_last() -> None:
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


async def test_progress_that_cannot_be_written_fails_nothing() -> None:
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


class _Engines:
    """Engines of which one is raised instead."""

    threads = 1
    hardware = Hardware(cpu_cores=1)

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def ocr(self) -> OcrEngine:
        raise self._error

    def network(self) -> ExtentsNetwork:
        raise self._error


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ValueError("secret"), PermanentError, ErrorCode.INTERNAL),
        (SystemExit(3), PermanentError, ErrorCode.INTERNAL),
        (MemoryError(), TransientError, ErrorCode.INTERNAL),
        (OSError(28, "No space left"), TransientError, ErrorCode.INTERNAL),
        (TransientError(ErrorCode.OCR_UNAVAILABLE, "Away."), TransientError, "ocr_unavailable"),
    ],
)
async def test_only_errors_of_ours_leave(
    error: BaseException, kind: type[CaptionAccError], code: str
) -> None:
    request = ExtractRequest(video_key=f"{TENANT}/a.mp4", tenant_id=TENANT, video_id=VIDEO)
    with pytest.raises(kind) as raised:
        await dispatch.perform(request, InMemoryObjectStore(), _Engines(error))
    assert raised.value.code == code
    assert "secret" not in raised.value.message
    assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args


async def test_a_cancelled_call_stays_cancelled() -> None:
    started = asyncio.Event()

    class SlowStore(InMemoryObjectStore):
        async def get(self, key: str, *, max_bytes: int = 0) -> bytes:
            started.set()
            await asyncio.Event().wait()
            raise AssertionError

    task = asyncio.create_task(
        dispatch.perform(REQUEST, SlowStore(), _Engines(ValueError("unused")))
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
