"""What processes of local calls promise that are kept for the next call."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from captionacc_calls.serving import Worker
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall, ExtractRequest, ExtractResult
from captionacc_flow_worker.compute.call_directory import CallDirectory
from captionacc_flow_worker.compute.local_compute import LocalCompute
from captionacc_flow_worker.compute.replacement_pauses import ReplacementPauses
from captionacc_flow_worker.compute.warm_processes import WarmLimits
from captionacc_flow_worker.outages.breaker import Pauses
from captionacc_observability.process_identity import ProcessIdentity, is_alive, signal_group
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.local_calls import kill_calls, local_compute


def request(knob: str) -> ExtractRequest:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    return ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language=knob)


class Calls:
    """Local calls, and the processes that perform them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.compute = self.with_limits()

    def with_limits(self, kept: int = 1, idle_s: float = 300.0) -> LocalCompute:
        self.compute = local_compute(self.directory, WarmLimits(kept=kept, idle_s=idle_s))
        return self.compute

    def process(self, call: ComputeCall) -> ProcessIdentity:
        held = CallDirectory(self.directory / "calls" / call.digest).call()
        assert held is not None
        return held.process

    async def done(self, knob: str = "sleep=0") -> ProcessIdentity:
        """Perform a call to its end; return its process, which then waits for the next call."""
        call = await self.compute.submit(request(knob))
        assert isinstance(await self.compute.result(call, 60), ExtractResult)
        process = self.process(call)
        await self.until_free(call)
        return process

    async def until_free(self, call: ComputeCall) -> None:
        """Wait until the process of the call has reported that it may perform another."""
        processes = self.compute._processes

        async def free() -> bool:
            return call.call_id not in [process.call_id for process in processes._watched]

        await eventually(free, 20)


async def ended(process: ProcessIdentity) -> None:
    async def gone() -> bool:
        return not is_alive(process)

    await eventually(gone, 20)


@pytest_asyncio.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    calls = Calls(tmp_path)
    yield calls
    kill_calls(tmp_path / "calls")
    await calls.compute.close()


async def test_one_process_performs_one_call_after_the_other(calls: Calls) -> None:
    assert await calls.done() == await calls.done()
    failed = await calls.compute.submit(request("transient"))
    with pytest.raises(TransientError):
        await calls.compute.result(failed, 60)
    await calls.until_free(failed)
    assert await calls.done() == calls.process(failed)


async def test_the_output_of_each_call_is_in_its_own_log(calls: Calls) -> None:
    for _ in range(2):
        wanted = await calls.compute.submit(request("say=word"))
        await calls.compute.result(wanted, 60)
        log = CallDirectory(calls.directory / "calls" / wanted.digest).log
        assert log.read_text() == "word\n"
        await calls.until_free(wanted)


async def test_without_kept_processes_each_call_has_its_own(calls: Calls) -> None:
    calls.with_limits(kept=0)
    first = await calls.done()
    await ended(first)
    assert await calls.done() != first


async def test_an_idle_process_ends_after_its_time(calls: Calls) -> None:
    calls.with_limits(idle_s=0.2)
    await ended(await calls.done())


async def test_an_idle_process_ends_with_its_worker(calls: Calls) -> None:
    process = await calls.done()
    await calls.compute.close()
    await ended(process)


async def test_a_killed_idle_process_is_replaced(calls: Calls) -> None:
    first = await calls.done()
    os.kill(first.pid, signal.SIGKILL)

    async def replaced() -> bool:
        return [process.identity for process in calls.compute._processes._idle] not in ([], [first])

    await eventually(replaced, 20)
    [spare] = calls.compute._processes._idle
    assert await calls.done() == spare.identity


async def test_after_a_second_kill_of_an_idle_process_the_replacement_waits(calls: Calls) -> None:
    processes = calls.compute._processes
    processes._pauses = ReplacementPauses(Pauses(first_s=600, longest_s=600, steady_s=600))
    first = await calls.done()

    async def waits() -> bool:
        return any(one.ready and one.identity != first for one in processes._idle)

    os.kill(first.pid, signal.SIGKILL)
    await eventually(waits, 20)
    os.kill(processes._idle[0].identity.pid, signal.SIGKILL)
    await eventually(lambda: bool(processes._replacing), 20)
    assert not processes._idle

    # A process that ends in a call is replaced at once.
    call = await calls.compute.submit(request("sleep=60"))

    async def performs() -> bool:
        return any(one.ready and one.call_id == call.call_id for one in processes._watched)

    await eventually(performs, 20)
    os.kill(calls.process(call).pid, signal.SIGKILL)
    await eventually(waits, 20)


async def test_the_process_of_a_cancelled_call_ends(calls: Calls) -> None:
    call = await calls.compute.submit(request("sleep=60"))
    process = calls.process(call)

    await calls.compute.cancel(call)

    assert not is_alive(process)
    with pytest.raises(PermanentError) as caught:
        await calls.compute.result(call, 60)
    assert caught.value.code is ErrorCode.COMPUTE_CANCELLED
    assert await calls.done() != process


async def test_a_late_cancellation_does_not_reach_the_next_call_of_the_process(
    calls: Calls,
) -> None:
    first = await calls.compute.submit(request("sleep=0"))
    await calls.compute.result(first, 60)
    await calls.until_free(first)
    second = await calls.compute.submit(request("sleep=0.5"))
    assert calls.process(first) == calls.process(second)

    await calls.compute.cancel(first)

    assert isinstance(await calls.compute.result(second, 60), ExtractResult)


async def test_an_idle_process_that_froze_delays_its_next_call_to_the_deadline_at_most(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{LocalCompute.__module__}._KILL_AFTER_S", 0.3)
    idle = await calls.done()
    signal_group(idle, signal.SIGSTOP)
    wanted = request("")
    call = await calls.compute.submit(wanted)
    assert calls.process(call) == idle

    with pytest.raises(TransientError) as caught:
        await calls.compute.result(call, 0.5)
    assert caught.value.code is ErrorCode.COMPUTE_TIMEOUT
    await ended(idle)

    again = await calls.compute.submit(wanted)
    assert isinstance(await calls.compute.result(again, 60), ExtractResult)


async def test_the_worker_learns_of_the_end_of_a_call_without_looking(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captionacc_flow_worker.compute.local_compute._LOOK_S", 600.0)
    await calls.done("sleep=0.2")


async def test_a_restarted_worker_takes_over_a_running_call(calls: Calls) -> None:
    call = await calls.compute.submit(request("sleep=0.5"))
    process = calls.process(call)
    await calls.compute.close()

    assert isinstance(await calls.with_limits().result(call, 60), ExtractResult)

    # The process has lost the worker that could send it calls.
    await ended(process)


async def test_a_prepared_process_takes_the_first_call(calls: Calls) -> None:
    await calls.compute.prepare()
    [spare] = calls.compute._processes._idle
    assert await calls.done() == spare.identity


async def test_a_process_that_is_taken_while_it_starts_is_not_taken_again(calls: Calls) -> None:
    processes = calls.compute._processes
    processes.start()
    taken = processes.take()
    processes.watch()

    async def started() -> bool:
        return taken.ready

    await eventually(started, 20)
    assert processes.take() is not taken


async def test_a_process_may_be_heard_to_end_while_it_is_sent_a_call(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = calls.compute._processes
    taken = processes.take()
    processes.watch()
    send = taken.send

    def send_after_its_end(directory: Path, running: int) -> bool:
        taken.child.kill()
        taken.child.wait(20)
        processes._heard(taken)
        return send(directory, running)

    monkeypatch.setattr(taken, "send", send_after_its_end)
    assert not processes.give(taken, "call", calls.directory, 0)


async def test_a_worker_starts_although_the_directory_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file in its place")
    await local_compute(tmp_path).prepare()


def test_a_process_ends_quietly_when_its_worker_dies_before_it_listens() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    script = "from captionacc_calls.serving import Worker, serve\nserve(Worker(), bool)\n"
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=theirs.fileno(), stderr=subprocess.PIPE
        )
    assert select.select([ours], [], [], 20)[0], "it reports that it has started"
    ours.close()
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")


def test_a_call_is_received_although_its_worker_died_before_it_listened(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    worker = Worker.__new__(Worker)
    worker._socket = theirs
    with theirs, (tmp_path / "running").open("w") as running:
        worker.report_ready()
        socket.send_fds(ours, [os.fsencode(tmp_path)], [running.fileno()])
        ours.close()

        call = worker.next_call()

        assert call is not None
        os.close(call[1])
        assert call[0] == tmp_path
        assert worker.next_call() is None
