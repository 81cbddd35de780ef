"""The memory of a process, measured by the kernel."""

from captionacc_modal.process_memory import memory_mib, peak_memory_mib, restart_peak

_MIB = 1024 * 1024


def test_the_peak_is_that_of_the_latest_call() -> None:
    first = b"x" * (64 * _MIB)
    assert peak_memory_mib() >= memory_mib() - 1
    del first
    before = peak_memory_mib()
    restart_peak()
    assert peak_memory_mib() < before - 32
