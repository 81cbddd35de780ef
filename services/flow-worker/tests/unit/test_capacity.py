"""How many jobs a machine runs at a time, and what each of them gets."""

from pathlib import Path

import pytest
from captionacc_flow_worker.compute.capacity import (
    Machine,
    jobs_at_once,
    memory_per_call_mib,
    this_machine,
    threads_per_call,
)


@pytest.mark.parametrize(
    ("cores", "gib", "jobs"),
    [(2, 24, 2), (8, 32, 8), (8, 4, 3), (2, 2, 1), (1, 0.5, 1), (16, 8, 8)],
)
def test_jobs_follow_cores_and_memory(cores: int, gib: float, jobs: int) -> None:
    assert jobs_at_once(Machine(cores=cores, memory_mib=int(gib * 1024))) == jobs


def test_all_calls_together_fit_into_the_memory() -> None:
    machine = Machine(cores=8, memory_mib=16 * 1024)
    jobs = jobs_at_once(machine)
    assert jobs * memory_per_call_mib(machine, jobs) < machine.memory_mib


def test_a_call_on_a_small_machine_may_be_of_a_4k_video() -> None:
    machine = Machine(cores=4, memory_mib=4096)
    assert memory_per_call_mib(machine, jobs_at_once(machine)) >= 1900


def test_a_call_uses_every_core_up_to_four() -> None:
    assert [threads_per_call(Machine(cores=n, memory_mib=9999)) for n in (1, 2, 4, 32)] == [
        1, 2, 4, 4,
    ]  # fmt: skip


def test_this_machine_has_cores_and_memory() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_mib > 100


def test_a_container_has_the_cores_and_the_memory_of_its_limits(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(f"{64 * 1024 * 1024}\n")
    assert this_machine(tmp_path) == Machine(cores=1, memory_mib=64)


def test_a_container_without_limits_has_those_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert this_machine(tmp_path) == this_machine(tmp_path / "missing")
