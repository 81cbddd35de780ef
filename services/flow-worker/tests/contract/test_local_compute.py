"""What local calls promise beyond the suite for both adapters: they are real processes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from captionacc_contracts.errors import ErrorCode, TransientError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall, ExtractRequest, ExtractResult, digest_of
from captionacc_flow_worker.compute.call_directory import CallDirectory
from captionacc_flow_worker.compute.local_compute import LocalCompute
from captionacc_flow_worker.compute.warm_processes import WarmLimits, WarmProcesses
from captionacc_observability.process_identity import (
    ProcessIdentity,
    identify,
    is_alive,
    signal_group,
)
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.local_calls import COMMAND, kill_calls, local_compute, read_ledger


def request(knob: str) -> ExtractRequest:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    return ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language=knob)


def process_of(directory: Path, call: ComputeCall) -> ProcessIdentity:
    """The process that performs or performed the call."""
    held = CallDirectory(directory / "calls" / call.digest).call()
    assert held is not None
    return held.process


@pytest.fixture
def compute(tmp_path: Path) -> Iterator[LocalCompute]:
    yield local_compute(tmp_path)
    kill_calls(tmp_path / "calls")


async def test_equal_requests_share_one_call(compute: LocalCompute, tmp_path: Path) -> None:
    wanted = request("sleep=0.3")

    first = await compute.submit(wanted)
    second = await local_compute(tmp_path).submit(wanted)

    assert second == first
    await compute.result(first, 30)
    assert await compute.submit(wanted) == first
    assert len([line for line in read_ledger(tmp_path) if line.startswith("start")]) == 1


CAP_SYS_ADMIN = 1 << 21


def session_of(pid: int) -> str | None:
    """The line that says how nice the session of a process is; None when we may not change it."""
    line = Path(f"/proc/{pid}/autogroup")
    status = Path("/proc/self/status").read_text()
    may = int(status.partition("CapEff:")[2].split()[0], 16)
    # Without this capability, the kernel takes only ten changes per second from all processes.
    return line.read_text() if may & CAP_SYS_ADMIN and os.access(line, os.W_OK) else None


async def test_calls_leave_the_processors_to_others(compute: LocalCompute, tmp_path: Path) -> None:
    call = await compute.submit(request("sleep=5"))
    pid = process_of(tmp_path, call).pid

    await eventually(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 10)
    session = session_of(pid)
    assert session is None or session.endswith("nice 10\n")


async def test_one_of_many_calls_is_ahead_of_the_others(
    compute: LocalCompute, tmp_path: Path
) -> None:
    def priority_of(call: ComputeCall) -> int:
        return os.getpriority(os.PRIO_PROCESS, process_of(tmp_path, call).pid)

    first = await compute.submit(request("sleep=0.5"))
    second = await compute.submit(request("sleep=30"))
    await eventually(lambda: (priority_of(first), priority_of(second)) == (10, 19))
    await compute.result(first, 30)

    third = await compute.submit(request("sleep=30;"))

    await eventually(lambda: priority_of(third) == 10)
    assert priority_of(second) == 19


async def test_a_failed_call_is_started_anew(compute: LocalCompute, tmp_path: Path) -> None:
    wanted = request("transient-once")
    first = await compute.submit(wanted)
    with pytest.raises(TransientError):
        await compute.result(first, 30)

    second = await compute.submit(wanted)

    assert second.call_id != first.call_id
    assert isinstance(await compute.result(second, 30), ExtractResult)
    with pytest.raises(TransientError) as caught:
        await compute.result(first, 30)
    assert caught.value.code is ErrorCode.COMPUTE_LOST


async def test_a_call_survives_the_kill_of_its_starter(tmp_path: Path) -> None:
    wanted = request("sleep=1")
    script = (
        "import asyncio, sys, msgspec\n"
        "from pathlib import Path\n"
        "from captionacc_contracts.work.compute import ComputeRequest\n"
        "from captionacc_testkit.worker.local_calls import local_compute\n"
        "wanted = msgspec.json.decode(sys.argv[1], type=ComputeRequest)\n"
        "compute = local_compute(Path(sys.argv[2]))\n"
        "async def main():\n"
        "    call = await compute.submit(wanted)\n"
        "    print(msgspec.json.encode(call).decode(), flush=True)\n"
        "    await compute.result(call, 60)\n"
        "asyncio.run(main())\n"
    )
    submitter = subprocess.Popen(  # noqa: ASYNC220  it is killed by the next lines
        [sys.executable, "-c", script, msgspec.json.encode(wanted), str(tmp_path)],
        stdout=subprocess.PIPE,
    )
    assert submitter.stdout is not None
    call = msgspec.json.decode(submitter.stdout.readline(), type=ComputeCall)
    submitter.kill()
    submitter.wait(10)

    result = await local_compute(tmp_path).result(call, 30)

    assert isinstance(result, ExtractResult)
    assert len(read_ledger(tmp_path)) == 2


# Each entry kills the process that starts a call after one of its steps.
KILLED_AT = {
    "request written": "CallDirectory.begin = then_die(CallDirectory.begin)",
    "process started": "WarmProcesses.take = then_die(WarmProcesses.take)",
    "process known": "CallDirectory.record = then_die(CallDirectory.record)",
    "call given": "WarmProcesses.give = then_die(WarmProcesses.give)",
}
STARTER = """
import asyncio, os, signal, sys, msgspec
from pathlib import Path
from captionacc_contracts.work.compute import ComputeRequest
from captionacc_flow_worker.compute.call_directory import CallDirectory
from captionacc_flow_worker.compute.warm_processes import WarmProcesses
from captionacc_testkit.worker.local_calls import local_compute

def then_die(step):
    def replaced(*arguments, **named):
        step(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    return replaced

{kill}
wanted = msgspec.json.decode(sys.argv[1], type=ComputeRequest)
asyncio.run(local_compute(Path(sys.argv[2])).submit(wanted))
"""


@pytest.mark.parametrize("moment", KILLED_AT)
async def test_a_call_is_paid_once_at_whichever_step_its_starter_is_killed(
    compute: LocalCompute, tmp_path: Path, moment: str
) -> None:
    wanted = request("sleep=0.5")
    killed = subprocess.run(  # noqa: ASYNC221  it is the test's only work
        [
            *(sys.executable, "-c", STARTER.format(kill=KILLED_AT[moment])),
            *(msgspec.json.encode(wanted).decode(), str(tmp_path)),
        ],
        timeout=30,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    call = await compute.submit(wanted)
    again = await local_compute(tmp_path).submit(wanted)

    assert again == call
    assert isinstance(await compute.result(call, 30), ExtractResult)
    assert [line.split()[0] for line in read_ledger(tmp_path)] == ["start", "end"]


async def test_a_call_whose_starter_was_killed_can_be_cancelled(tmp_path: Path) -> None:
    wanted = request("sleep=30")
    killed = subprocess.run(  # noqa: ASYNC221  it is the test's only work
        [
            *(sys.executable, "-c", STARTER.format(kill=KILLED_AT["call given"])),
            *(msgspec.json.encode(wanted).decode(), str(tmp_path)),
        ],
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    later = local_compute(tmp_path)
    call = await later.submit(wanted)

    await later.cancel(call)

    assert not CallDirectory(tmp_path / "calls" / call.digest).is_running()
    assert not is_alive(process_of(tmp_path, call))


async def test_running_calls_are_listed_with_video_and_age(
    compute: LocalCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = request("sleep=30")
    call = await compute.submit(wanted)
    ended = await compute.submit(request("sleep=0"))
    await compute.result(ended, 30)

    async def one() -> bool:
        return len(await compute.running()) == 1

    await eventually(one, 10)
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 3600)
    [running] = await compute.running()

    assert (running.call, running.video_id) == (call, wanted.video_id)
    assert 0 <= running.age_s < 30


async def test_old_ended_calls_are_forgotten_but_running_calls_stay(
    compute: LocalCompute, tmp_path: Path
) -> None:
    running = await compute.submit(request("sleep=30"))
    ended = [await compute.submit(request("sleep=0")) for _ in range(3)]
    for call in ended:
        await compute.result(call, 30)

    async def all_ended() -> bool:
        return len(await compute.running()) == 1

    await eventually(all_ended, 10)
    assert await compute.forget_old(older_than_s=3600, limit=10) == 0
    assert await compute.forget_old(older_than_s=0, limit=2) == 2
    assert await compute.forget_old(older_than_s=0, limit=2) == 1
    assert await compute.forget_old(older_than_s=0, limit=2) == 0
    assert [path.name for path in (tmp_path / "calls").iterdir()] == [running.digest]


async def test_cancel_ends_the_process_and_leaves_no_zombie(
    compute: LocalCompute, tmp_path: Path
) -> None:
    call = await compute.submit(request("sleep=30"))
    process = process_of(tmp_path, call)
    assert is_alive(process)

    await compute.cancel(call)

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_an_ended_process_leaves_no_zombie_before_the_loop_hears_of_its_end(
    tmp_path: Path,
) -> None:
    environment = {"PATH": os.environ["PATH"]}
    processes = WarmProcesses(tmp_path, COMMAND, environment, WarmLimits())
    process = await asyncio.to_thread(processes.take)
    processes.watch()
    process.child.kill()

    # Nothing here gives the loop a turn, so it cannot hear that the process closed its socket.
    until = time.monotonic() + 30
    while not processes.has_ended(process.identity) and time.monotonic() < until:
        threading.Event().wait(0.01)

    with pytest.raises(ProcessLookupError):
        os.kill(process.child.pid, 0)
    await processes.close()


async def test_a_frozen_call_is_killed_at_its_deadline_and_computed_anew(
    compute: LocalCompute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{LocalCompute.__module__}._KILL_AFTER_S", 0.3)
    wanted = request("sleep=0.5")
    call = await compute.submit(wanted)
    frozen = process_of(tmp_path, call)
    await eventually(lambda: bool(read_ledger(tmp_path)), 30, what="the start of the work")
    signal_group(frozen, signal.SIGSTOP)

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 0.5)
    assert caught.value.code is ErrorCode.COMPUTE_TIMEOUT
    await eventually(lambda: not is_alive(frozen), 20, what="the end of the process")

    again = await compute.submit(wanted)
    assert isinstance(await compute.result(again, 30), ExtractResult)
    assert [line.split()[0] for line in read_ledger(tmp_path)] == ["start", "start", "end"]


HOLDER = """
import fcntl, os, signal, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("locked", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


async def test_a_frozen_process_that_holds_the_lock_of_a_call_stops_nobody_for_long(
    compute: LocalCompute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CallDirectory.__module__}._LOCKED_WITHIN_S", 0.3)
    wanted = request("")
    lock = tmp_path / "calls" / digest_of(wanted) / "lock"
    lock.parent.mkdir(parents=True)
    holder = subprocess.Popen(  # noqa: ASYNC220  it is killed by the next lines
        [sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        async with asyncio.timeout(30):
            with pytest.raises(TransientError, match="does not let go") as caught:
                await compute.submit(wanted)
        assert caught.value.code is ErrorCode.COMPUTE_UNREACHABLE
    finally:
        holder.kill()
        holder.wait(10)

    assert isinstance(await compute.result(await compute.submit(wanted), 30), ExtractResult)


async def test_another_process_with_the_pid_of_the_call_is_not_taken_for_it(
    compute: LocalCompute,
) -> None:
    wanted = request("sleep=30")
    call = await compute.submit(wanted)
    directory = CallDirectory(compute._directory / digest_of(wanted))
    held = directory.call()
    assert held is not None
    signal_group(held.process, signal.SIGKILL)
    ours = identify(os.getpid())
    assert ours is not None
    stranger = ProcessIdentity(pid=os.getpid(), started="1")
    directory.record(msgspec.structs.replace(held, process=stranger))

    assert not is_alive(stranger)
    with pytest.raises(TransientError) as caught:
        await compute.result(call, 30)
    assert caught.value.code is ErrorCode.COMPUTE_LOST


async def test_a_forgotten_call_is_computed_anew(compute: LocalCompute, tmp_path: Path) -> None:
    wanted = request("sleep=0")
    call = await compute.submit(wanted)
    await compute.result(call, 30)

    async def forgotten() -> bool:
        await compute.forget(call)
        return not (tmp_path / "calls" / call.digest).exists()

    await eventually(forgotten, 10)

    again = await compute.submit(wanted)
    await compute.result(again, 30)
    assert again.call_id != call.call_id
    assert len([line for line in read_ledger(tmp_path) if line.startswith("start")]) == 2


async def test_a_missing_command_is_named_in_the_error(tmp_path: Path) -> None:
    compute = LocalCompute(directory=tmp_path, command=[str(tmp_path / "none")], environment={})
    wanted = request("")

    with pytest.raises(TransientError) as caught:
        await compute.result(await compute.submit(wanted), 30)

    assert caught.value.code is ErrorCode.COMPUTE_LOST


async def test_an_incomplete_result_is_an_error(compute: LocalCompute, tmp_path: Path) -> None:
    wanted = request("sleep=0")
    call = await compute.submit(wanted)
    await compute.result(call, 30)
    (tmp_path / "calls" / call.digest / "result.json").write_text(json.dumps({"type": "none"}))

    with pytest.raises(TransientError) as caught:
        await compute.result(call, 30)

    assert caught.value.code is ErrorCode.RESULT_INCOMPLETE
    assert (await compute.submit(wanted)).call_id != call.call_id


async def test_ping_says_that_the_program_is_missing_or_the_disk_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_program(program: str) -> LocalCompute:
        return LocalCompute(directory=tmp_path / "calls", command=[program], environment={})

    await with_program("/bin/sh").ping()
    with pytest.raises(FileNotFoundError, match="COMPUTE_COMMAND"):
        await with_program(str(tmp_path / "missing")).ping()
    monkeypatch.setattr("captionacc_flow_worker.compute.local_compute._ROOM_BYTES", 1 << 60)
    with pytest.raises(OSError, match="is full"):
        await with_program("/bin/sh").ping()


async def test_kept_work_outlives_other_ended_calls(compute: LocalCompute, tmp_path: Path) -> None:
    for digest in ("kept", "ended"):
        (tmp_path / "calls" / digest).mkdir(parents=True)
    outbox = tmp_path / "calls" / "kept" / "outbox"
    outbox.mkdir()
    (outbox / "complete.json").write_text("{}")

    assert await compute.forget_old(older_than_s=0, limit=10) == 1

    assert outbox.exists()
    assert not (tmp_path / "calls" / "ended").exists()
