"""Performs local calls one after the other, for the worker that started this process.

The worker holds the other end of a socket, which is the standard input of this process. The worker
sends the path of a call's directory together with the open file of the call's lock ``running``.
This process sends ``ready`` when it has started, and after each call. It ends when the worker is
gone, when it gets SIGTERM, or when it should not perform another call.
"""

import contextlib
import fcntl
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path

READY = b"ready"
"""What a process sends when it has started, and after each call."""

_LONGEST_PATH = 4096


class Worker:
    """Our end of the socket that leads to the worker."""

    def __init__(self) -> None:
        self._socket = socket.socket(fileno=os.dup(0))

    def report_ready(self) -> None:
        # Without a worker, there is nobody who wants to know.
        with contextlib.suppress(OSError):
            self._socket.send(READY)

    def has_call(self) -> bool:
        """Whether the worker has sent a call, or is gone."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def next_call(self) -> tuple[Path, int] | None:
        """Wait for the next call: its directory and its lock; ``None`` when the worker is gone."""
        try:
            path, files = self._received()
        except ConnectionResetError:
            # The worker ended without having read our last word. The kernel says that once, and
            # before it gives us a call that the worker sent.
            path, files = self._received()
        if not path or not files:
            return None
        os.set_inheritable(files[0], False)
        return Path(os.fsdecode(path)), files[0]

    def _received(self) -> tuple[bytes, list[int]]:
        path, files, _flags, _address = socket.recv_fds(self._socket, _LONGEST_PATH, 1)
        return path, files


def serve(worker: Worker, perform: Callable[[Path], bool]) -> None:
    """Perform calls while the worker sends any.

    Args:
        worker: The worker that sends the calls.
        perform: Performs the call in a directory and writes how it ended. Returns whether the
            process may perform another call.
    """
    goes_on = True
    while goes_on:
        worker.report_ready()
        call = worker.next_call()
        if call is None:
            return
        directory, running = call
        _work_in(directory)
        goes_on = perform(directory)
        # The directory may soon be removed.
        os.chdir(directory.parent)
        _give_up(directory, running)


def _work_in(directory: Path) -> None:
    """Make the folder the working folder, and send the output of this process to its log."""
    os.chdir(directory)
    log = os.open("output.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _give_up(directory: Path, running: int) -> None:
    """Give up the lock ``running``.

    A worker that holds ``lock`` and finds ``running`` taken may signal this process, which must not
    begin another call in that moment.
    """
    try:
        with (directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.close(running)
    except FileNotFoundError:
        os.close(running)
