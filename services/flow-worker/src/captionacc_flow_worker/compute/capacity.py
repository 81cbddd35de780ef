"""How many local calls a machine can perform at a time, and what each of them gets. Pure but for
:func:`this_machine`.
"""

import contextlib
import math
import os
from pathlib import Path

import msgspec

# The largest peak of a call in a job of 20 minutes of 1280 x 720 was 794 MiB, and is 470 MiB since
# memory no longer grows with length (docs/benchmarks.md); larger pictures need more.
_CALL_MIB = 800
# Set by hand: the servers of an idle stack use 830 MiB together; the rest is for the system.
_OTHERS_MIB = 1200
# Cropping a video of 3840 x 2160 in AV1 with 10 bits asks for 1750 MiB, with two threads and with
# four; in HEVC with 10 bits 1450, in H.264 1100. Its resident memory is a fifth less. The kernel
# limits what a process asks for.
_LEAST_LIMIT_MIB = 2000
_CONTAINER_LIMITS = Path("/sys/fs/cgroup")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The cores and the memory that this process and its children may use."""

    cores: int
    memory_mib: int


def this_machine(limits: Path = _CONTAINER_LIMITS) -> Machine:
    """The machine or the container that this process runs in.

    Args:
        limits: The folder in which the kernel shows the limits of a container (cgroup v2).
    """
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # Where there is no limit, a file is missing or says `max`.
    with contextlib.suppress(OSError, ValueError):
        memory = min(memory, int((limits / "memory.max").read_text()))
    with contextlib.suppress(OSError, ValueError):
        quota, period = map(int, (limits / "cpu.max").read_text().split())
        cores = min(cores, math.ceil(quota / period))
    return Machine(cores=cores, memory_mib=memory // (1024 * 1024))


def jobs_at_once(machine: Machine) -> int:
    """One job per core, as far as the memory allows.

    While one call waits for the object store or for Postgres, another computes. On 2 cores, six
    videos of a minute are done after 46 s, the first of them after 14 s (docs/benchmarks.md). An
    earlier version took 70 s, and 77 s with one job at a time.
    """
    by_memory = (machine.memory_mib - _OTHERS_MIB) // _CALL_MIB
    return max(1, min(machine.cores, by_memory))


def threads_per_call(machine: Machine) -> int:
    """Every core up to four: a single call is then as quick as it can be.

    More threads than four wait for each other.
    """
    return min(machine.cores, 4)


def memory_per_call_mib(machine: Machine, jobs: int) -> int:
    """The limit of one call: an equal share, so that all calls together do not make it swap.

    A machine with little memory may swap when all of its calls are of 4K videos: their share would
    be too small for them.
    """
    return max(_LEAST_LIMIT_MIB, (machine.memory_mib - _OTHERS_MIB) // jobs)
