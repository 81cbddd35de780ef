"""What the C library keeps of memory that a process with threads has freed."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc alone has arenas")

_ARENAS = """
import ctypes, threading
from captionacc_observability.free_memory import keep_little_free_memory
{before}
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier(6)

def allocate():
    together.wait()
    for _ in range(100):
        library.malloc(10_000)

threads = [threading.Thread(target=allocate) for _ in range(6)]
for each in threads: each.start()
for each in threads: each.join()
library.malloc_stats()
"""
_PARTS = """
import resource, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from captionacc_observability.free_memory import keep_little_free_memory
{before}
together = threading.Barrier(4)

def work(_):
    # As an upload reads its parts.
    part = b"x" * (16 << 20)
    together.wait()

def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20

with ThreadPoolExecutor(4) as pool:
    before = resident_mib()
    list(pool.map(work, range(16)))
    print(resident_mib() - before)
"""


def _run(program: str, before: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def _arenas(before: str) -> int:
    return _run(_ARENAS, before).stderr.count("Arena ")


def _kept_mib(before: str) -> int:
    return int(_run(_PARTS, before).stdout)


def test_threads_share_two_arenas() -> None:
    assert _arenas("") > 2, "what happens without it"
    assert _arenas("keep_little_free_memory()") <= 2


def test_large_blocks_go_back_when_they_are_freed() -> None:
    assert _kept_mib("") > 32, "what happens without it"
    assert _kept_mib("keep_little_free_memory()") < 16
