"""Run Swift's four servers in processes that share their modules; run as a separate program.

``python -m captionacc_stack.servers.swift_servers DATA_DIR LOGS`` imports Swift once, forks the
account, container and object servers, and becomes the proxy server. All end together: the back
ends end with the proxy, and the proxy ends when one of them does. ``SwiftServer`` writes what is in
``DATA_DIR`` and starts this program.
"""

import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from captionacc_stack.servers.parent_death import end_with

BACK_ENDS = {"account": "account", "container": "container", "object": "obj"}
"""The servers that only the proxy asks, with the name of each one's module in Swift."""

# What the servers load from their configuration. Loading it before the forks saves about 7 MiB.
MIDDLEWARE = (
    "bulk",
    "catch_errors",
    "copy",
    "dlo",
    "healthcheck",
    "listing_formats",
    "s3api.s3api",
    "slo",
    "tempauth",
)


def pid_file(data_dir: Path, kind: str) -> Path:
    """Where the back end ``kind`` writes its pid before it serves."""
    return data_dir / f"swift-{kind}.pid"


def main(arguments: list[str]) -> None:
    """``DATA_DIR LOGS``"""
    data_dir, logs = map(Path, arguments)
    servers = _loaded()
    parent = os.getpid()
    back_ends: dict[str, int] = {}
    for kind in BACK_ENDS:
        pid = os.fork()
        if pid == 0:
            _leave(parent, logs / f"swift-{kind}.log")
            pid_file(data_dir, kind).write_text(str(os.getpid()))
            _serve(kind, servers[kind], data_dir)
        back_ends[kind] = pid
    check = partial(_end_if_one_ended, back_ends, logs)
    signal.signal(signal.SIGCHLD, check)
    # One may have ended before.
    check()
    _serve("proxy", servers["proxy"], data_dir)


def _loaded() -> dict[str, Callable[[], None]]:
    """Import everything in the order in which Swift does it; return the program of each server.

    It imports Swift here because Swift changes the interpreter that imports it. Swift, too,
    patches before it forks.
    """
    # A collection writes to every object and so would copy the shared memory.
    gc.disable()
    programs: dict[str, Callable[[], None]] = {
        kind: importlib.import_module(f"swift.{module}.server").main
        for kind, module in {"proxy": "proxy", **BACK_ENDS}.items()
    }
    # Each server would do this. It visits every object, so it must be done before the forks.
    importlib.import_module("swift.common.utils").monkey_patch()
    for module in MIDDLEWARE:
        importlib.import_module(f"swift.common.middleware.{module}")
    gc.freeze()
    gc.enable()
    return programs


def _leave(parent: int, log_file: Path) -> None:
    """Make a fork a process of its own, with its own log, that ends with its parent."""
    # Swift's servers do not handle SIGTERM, so SIGKILL is no worse; it also ends a stopped process.
    end_with(parent, signal.SIGKILL)
    with log_file.open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())


def _serve(kind: str, program: Callable[[], None], data_dir: Path) -> NoReturn:
    """Become the server ``kind``."""
    # The four have the same command line; this is the name that ``ps -o comm`` and ``top`` show.
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"swift-{kind}")
    sys.argv = [f"swift-{kind}", str(data_dir / "conf" / f"{kind}-server.conf"), "--verbose"]
    program()
    sys.exit()


def _end_if_one_ended(back_ends: Mapping[str, int], logs: Path, *_: object) -> None:
    """End the proxy if a back end has ended; a SIGCHLD may also come from another child."""
    for kind, pid in back_ends.items():
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            name, code = f"swift-{kind}", os.waitstatus_to_exitcode(status)
            said = f"{name} ended with status {code}, so the store ends; see {logs / name}.log.\n"
            # Swift replaces sys.stderr.
            os.write(2, said.encode())
            os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
