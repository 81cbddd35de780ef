"""``captionacc-local-call`` as the worker starts it, against a real object store."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    ComputeResult,
    ExtractRequest,
    ExtractResult,
    Measured,
    Progress,
    digest_of,
)
from captionacc_flow_worker.compute.call_directory import CallDirectory
from captionacc_flow_worker.compute.local_compute import LocalCompute
from captionacc_modal.local_call import CallError
from captionacc_stack.backing import store_environment
from captionacc_testkit.faults import faulty_proxy
from captionacc_testkit.media import make_clip
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

_FULL = b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_CAPTIONS = [(0, 2, "one day at the sea"), (2, 4, "nobody came"), (4, 6, "so we left")]


def _environment(settings: StoreSettings) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "OCR_ENGINE": "rapidocr", **store_environment(settings)}


def _start(directory: Path, settings: StoreSettings, **environment: str) -> subprocess.Popen[bytes]:
    command = Path(sys.executable).with_name("captionacc-local-call")
    return subprocess.Popen(
        [command, str(directory)],
        env={**_environment(settings), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _request(directory: Path) -> ExtractRequest:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    request = ExtractRequest(
        video_key=f"{object_keys.client_prefix(tenant, video)}my 'video' 你好.mp4",
        tenant_id=tenant,
        video_id=video,
    )
    (directory / "request.json").write_bytes(msgspec.json.encode(request))
    return request


def _call(directory: Path, settings: StoreSettings) -> str:
    process = _start(directory, settings)
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 0, output
    return output.decode()


def _result(directory: Path) -> ComputeResult:
    result: ComputeResult = msgspec.json.decode(
        (directory / "result.json").read_bytes(), type=ComputeResult
    )
    return result


async def test_a_second_equal_call_answers_from_the_store(
    tmp_path: Path, object_store_settings: StoreSettings
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size=(480, 270), seconds=6, captions=_CAPTIONS)
    request = _request(tmp_path)
    async with open_store(object_store_settings) as store:
        await store.put_file(request.video_key, clip)
        _call(tmp_path, object_store_settings)
        result = _result(tmp_path)
        assert isinstance(result, ExtractResult)
        assert (result.frame_count, result.full_frame_count) == (60, 1)
        assert result.suggested_crop_region is not None
        owner, digest = (request.tenant_id, request.video_id), digest_of(request)
        stored = await store.get(object_keys.compute_result(*owner, digest))
        assert msgspec.json.decode(stored, type=ComputeResult) == result
        progress = await store.get(object_keys.compute_progress(*owner, digest))
        assert msgspec.json.decode(progress, type=Progress) == Progress(
            stage="upload", done=3, total=3
        )
        assert [info.key async for info in store.list(object_keys.client_prefix(*owner))] == sorted(
            [
                request.video_key,
                object_keys.full_frame(*owner, 0),
                object_keys.layout_db(*owner),
            ]
        )
        # The video is gone, so a second call can only answer from the store.
        await store.delete([request.video_key])
    (tmp_path / "result.json").unlink()
    _call(tmp_path, object_store_settings)
    assert _result(tmp_path) == result


@pytest.mark.timeout(180)
async def test_a_warm_process_answers_as_a_new_one_does(
    tmp_path: Path, object_store_settings: StoreSettings
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size=(480, 270), seconds=6, captions=_CAPTIONS)
    request = _request(tmp_path)
    compute = LocalCompute(
        directory=tmp_path / "calls",
        command=[str(Path(sys.executable).with_name("captionacc-local-call"))],
        environment=_environment(object_store_settings),
    )
    answers, processes = [], []
    unmeasured = Measured(seconds={}, call_id="any")
    async with open_store(object_store_settings) as store:
        await store.put_file(request.video_key, clip)
        for _ in range(2):
            # Computed anew, since the request names another job.
            call = await compute.submit(msgspec.structs.replace(request, for_job=uuid4()))
            result = await compute.result(call, 90)
            assert isinstance(result, ExtractResult)
            answers.append(msgspec.structs.replace(result, measured=unmeasured))
            held = CallDirectory(tmp_path / "calls" / call.digest).call()
            assert held is not None
            processes.append(held.process)
    await compute.close()
    assert answers[0] == answers[1]
    assert processes[0] == processes[1]


@pytest.mark.timeout(180)
async def test_finished_work_is_kept_while_the_store_is_full_and_stored_later(
    tmp_path: Path, object_store_settings: StoreSettings
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size=(480, 270), seconds=6, captions=_CAPTIONS)
    request = _request(tmp_path)
    address = urlsplit(object_store_settings.wasabi_endpoint_url)
    assert address.hostname is not None
    assert address.port is not None
    async with (
        open_store(object_store_settings) as store,
        faulty_proxy(address.hostname, address.port) as proxy,
    ):
        await store.put_file(request.video_key, clip)
        proxy.answer_itself(_FULL, only=b"PUT")
        behind = msgspec.structs.replace(
            object_store_settings, wasabi_endpoint_url=f"http://127.0.0.1:{proxy.port}"
        )
        await asyncio.to_thread(_call, tmp_path, behind)
        error = msgspec.json.decode((tmp_path / "error.json").read_bytes(), type=CallError)
        assert (error.family, error.code) == ("transient", "store_unavailable")
        assert error.measured is not None
        assert error.measured.seconds["failed"] > 0
        (tmp_path / "error.json").unlink()
        # The video is gone, so the next call can only send what the first one kept.
        await store.delete([request.video_key])
        proxy.restore()

        await asyncio.to_thread(_call, tmp_path, behind)

        result = _result(tmp_path)
        assert isinstance(result, ExtractResult)
        assert await store.exists(result.layout_key)
        assert await store.exists(object_keys.full_frame(request.tenant_id, request.video_id, 0))
        assert not (tmp_path / "outbox").exists()


async def test_a_missing_video_is_a_permanent_error(
    tmp_path: Path, object_store_settings: StoreSettings
) -> None:
    _request(tmp_path)
    _call(tmp_path, object_store_settings)
    error = msgspec.json.decode((tmp_path / "error.json").read_bytes(), type=CallError)
    assert (error.family, error.code) == ("permanent", "object_missing")
    assert not (tmp_path / "result.json").exists()


def test_a_damaged_request_leaves_an_error_file(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"type": "make_coffee"}')
    unreachable = StoreSettings(
        wasabi_endpoint_url="http://127.0.0.1:9",
        wasabi_access_key="a",
        wasabi_secret_key="b",
        wasabi_bucket="c",
    )
    _call(tmp_path, unreachable)
    error = msgspec.json.decode((tmp_path / "error.json").read_bytes(), type=CallError)
    assert error.family == "permanent"


def test_missing_settings_are_named_and_exit_with_2(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("captionacc-local-call")
    done = subprocess.run(
        [command, str(tmp_path)], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "WASABI_ENDPOINT_URL is not set" in done.stderr
    assert subprocess.run([command], capture_output=True).returncode == 2


@pytest.mark.timeout(60)
async def test_a_stopped_call_leaves_an_error_and_no_files(
    tmp_path: Path, object_store_settings: StoreSettings
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size=(480, 270), seconds=20, captions=_CAPTIONS)
    request = _request(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    async with open_store(object_store_settings) as store:
        await store.put_file(request.video_key, clip)
    process = _start(tmp_path, object_store_settings, TMPDIR=str(scratch))
    while not list(scratch.glob("*/frame_0.jpg")):
        assert process.poll() is None
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0
    error = msgspec.json.decode((tmp_path / "error.json").read_bytes(), type=CallError)
    assert (error.family, error.code) == ("transient", "compute_cancelled")
    assert not list(scratch.glob("captionacc-*"))
