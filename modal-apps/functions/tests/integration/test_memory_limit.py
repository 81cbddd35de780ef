"""The memory limit of a process, which the kernel keeps."""

import subprocess
import sys


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
