"""The arenas of the C library in a process with threads."""

import subprocess
import sys

import pytest

_PROGRAM = """
import ctypes, threading
from captionacc_modal.process_memory import share_free_memory
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


def _arenas(before: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr.count("Arena ")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone has arenas")
def test_threads_share_two_arenas() -> None:
    assert _arenas("") > 2, "what happens without it"
    assert _arenas("share_free_memory()") <= 2
