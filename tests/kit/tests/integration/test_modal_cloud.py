"""The stand-in for Modal, used through Modal's own client."""

import asyncio
import struct
import traceback
from collections.abc import AsyncIterator
from typing import Any

import modal
import pytest
import pytest_asyncio
from captionacc_testkit.modal_cloud import client, ends
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.server import modal_cloud
from grpclib.const import Status
from grpclib.exceptions import StreamTerminatedError


async def echo(*positional: Any, **by_name: Any) -> Any:
    return positional, by_name


def echo_in_a_thread(value: Any) -> Any:
    return value, modal.current_function_call_id()


async def divide(numerator: float, by: float) -> float:
    return numerator / by


@pytest_asyncio.fixture(loop_scope="session")
async def cloud() -> AsyncIterator[ModalCloud]:
    async with modal_cloud() as cloud:
        for body in (echo, echo_in_a_thread, divide):
            cloud.deploy("app", body.__name__, body)
        yield cloud


@pytest_asyncio.fixture(loop_scope="session")
async def connected(cloud: ModalCloud) -> AsyncIterator[modal.Client]:
    async with client.connected(cloud.url, cloud.token) as connected:
        await hello(connected)
        yield connected


async def hello(connected: modal.Client) -> None:
    # Modal publishes no types for the asynchronous form.
    method: Any = connected.hello
    await method.aio()


def function(connected: modal.Client, name: str) -> Any:
    return modal.Function.from_name("app", name, client=connected)


async def test_spawned_call_is_found_by_its_id(connected: modal.Client) -> None:
    call = await function(connected, "echo").spawn.aio(1, "two", three=[3])

    found = modal.FunctionCall.from_id(call.object_id, client=connected)

    assert await found.get.aio(timeout=5) == ((1, "two"), {"three": [3]})
    assert await found.get.aio(timeout=5) == ((1, "two"), {"three": [3]})
    assert await found.num_inputs.aio() == 1


async def test_remote_clears_the_result_and_runs_in_a_thread(
    cloud: ModalCloud, connected: modal.Client
) -> None:
    value, call_id = await function(connected, "echo_in_a_thread").remote.aio("x")

    assert value == "x"
    assert list(cloud.calls) == [call_id]
    with pytest.raises(modal.exception.OutputExpiredError):
        await modal.FunctionCall.from_id(call_id, client=connected).get.aio(timeout=0)


async def test_error_keeps_its_type_and_its_remote_traceback(connected: modal.Client) -> None:
    call = await function(connected, "divide").spawn.aio(1, by=0)

    with pytest.raises(ZeroDivisionError) as caught:
        await call.get.aio(timeout=5)

    frames = traceback.extract_tb(caught.value.__traceback__)
    assert any(frame.filename.startswith("<ta-") and frame.name == "divide" for frame in frames)


async def test_cbor_arguments_get_a_cbor_result(
    cloud: ModalCloud, connected: modal.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODAL_PAYLOAD_FORMAT", "cbor")

    call = await function(connected, "divide").spawn.aio(1, by=2)

    assert await call.get.aio(timeout=5) == 0.5
    result = cloud.calls[call.object_id].result
    assert result is not None
    assert result.data == b"\xfb" + struct.pack(">d", 0.5)


@pytest.mark.parametrize("size", [100, 9_000])
async def test_only_what_is_too_large_goes_as_a_blob(
    cloud: ModalCloud, connected: modal.Client, size: int
) -> None:
    call = await function(connected, "echo").spawn.aio("x" * size)

    assert await call.get.aio(timeout=5) == (("x" * size,), {})
    expected = 1 if size > 8192 else 0
    assert (cloud.blobs.uploads, cloud.blobs.downloads) == (expected, expected)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (ends.ContainerDiedError("killed"), modal.exception.RemoteError),
        (ends.InputLostError("lost"), modal.exception.InternalFailure),
    ],
)
async def test_ends_that_modal_reports(
    cloud: ModalCloud, connected: modal.Client, end: Exception, expected: type[Exception]
) -> None:
    async def body() -> None:
        raise end

    cloud.deploy("app", "ends", body)
    call = await function(connected, "ends").spawn.aio()

    with pytest.raises(expected, match=str(end)):
        await call.get.aio(timeout=5)


async def test_time_out_retries_and_preemption_follow_the_deployment(
    cloud: ModalCloud, connected: modal.Client
) -> None:
    async def body() -> None:
        [call] = cloud.calls.values()
        if call.runs == 1:
            raise ends.PreemptedError
        await asyncio.Event().wait()

    cloud.deploy("app", "slow", body, timeout_s=0.05, retries=1)
    call = await function(connected, "slow").spawn.aio()

    with pytest.raises(modal.exception.FunctionTimeoutError):
        await call.get.aio(timeout=5)
    assert cloud.calls[call.object_id].runs == 3


async def test_unknown_call_is_not_found(connected: modal.Client) -> None:
    with pytest.raises(modal.exception.NotFoundError):
        await modal.FunctionCall.from_id("fc-unknown", client=connected).get.aio(timeout=1)


async def test_wait_is_bounded_and_cancel_ends_it(
    cloud: ModalCloud, connected: modal.Client
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    cloud.deploy("app", "hang", hang)
    call = await function(connected, "hang").spawn.aio()
    with pytest.raises(TimeoutError):
        await call.get.aio(timeout=0.1)

    await call.cancel.aio(terminate_containers=True)

    with pytest.raises(modal.exception.RemoteError, match="cancelled"):
        await call.get.aio(timeout=5)


@pytest.mark.parametrize(("honours", "calls"), [(True, 1), (False, 2)])
async def test_repeated_spawn_is_one_call_if_the_server_honours_the_key(
    cloud: ModalCloud, connected: modal.Client, honours: bool, calls: int
) -> None:
    cloud.honours_idempotency = honours
    cloud.faults.lose_answers("FunctionMap")

    call = await function(connected, "echo").spawn.aio()

    assert len(cloud.calls) == calls
    assert await call.get.aio(timeout=5) == ((), {})


async def test_faults_end_and_requests_are_recorded(
    cloud: ModalCloud, connected: modal.Client
) -> None:
    call = await function(connected, "echo").spawn.aio()
    cloud.faults.lose_answers("FunctionGetOutputs", times=4)
    with pytest.raises(StreamTerminatedError):
        await call.get.aio(timeout=1)
    cloud.faults.refuse("FunctionGetOutputs", Status.PERMISSION_DENIED)
    with pytest.raises(modal.exception.PermissionDeniedError):
        await call.get.aio(timeout=1)

    assert await call.get.aio(timeout=1) == ((), {})
    assert len(cloud.received("FunctionGetOutputs")) == 6


async def test_other_tokens_and_other_names_are_refused(
    cloud: ModalCloud, connected: modal.Client
) -> None:
    with pytest.raises(modal.exception.NotFoundError, match="no function 'nothing'"):
        await function(connected, "nothing").spawn.aio()
    async with client.connected(cloud.url, ("ak-other", "as-other")) as other:
        with pytest.raises(modal.exception.AuthError):
            await hello(other)


async def test_a_missing_method_is_reported_as_unimplemented(connected: modal.Client) -> None:
    with pytest.raises(modal.exception.UnimplementedError):
        await modal.Queue.from_name("queue", client=connected).hydrate.aio()
