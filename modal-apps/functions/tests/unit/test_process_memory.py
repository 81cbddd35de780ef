"""The memory of a process, measured and limited by the kernel."""

import subprocess
import sys

from captionacc_modal.process_memory import memory_mib, peak_memory_mib, restart_peak

_MIB = 1024 * 1024


def test_memory_beyond_the_limit_is_refused() -> None:
    script = (
        "from captionacc_modal.process_memory import limit_memory\n"
        "limit_memory(300)\n"
        "bytearray(100 << 20)\n"
        "try:\n"
        "    bytearray(400 << 20)\n"
        "except MemoryError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "refused\n"


def test_the_peak_is_that_of_the_latest_call() -> None:
    first = b"x" * (64 * _MIB)
    assert peak_memory_mib() >= memory_mib() - 1
    del first
    before = peak_memory_mib()
    restart_peak()
    assert peak_memory_mib() < before - 32
