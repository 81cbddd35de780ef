"""Measures and limits the memory of a process."""

import contextlib
import resource
from pathlib import Path


def limit_memory(mib: int | None) -> None:
    """Refuse memory beyond ``mib`` MiB, so that a call fails before the machine swaps."""
    if mib is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (mib * 1024 * 1024, hard))


def memory_mib() -> float:
    """Resident memory of this process in MiB."""
    return _status_mib("VmRSS")


def restart_peak() -> None:
    """Let :func:`peak_memory_mib` measure from now on."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mib() -> float:
    """The most resident memory of this process in MiB since :func:`restart_peak`."""
    return _status_mib("VmHWM")


def _status_mib(name: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
