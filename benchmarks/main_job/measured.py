"""What was measured, as the JSON file of the benchmark holds it."""

import os
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    cores: int
    processor: str
    memory_gib: float


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One video, or several at once, through one checkout, or one other way of doing it.

    ``seconds_to_captions`` ends when the first captions are there, ``seconds`` when all files are.
    ``stages`` are wall seconds. ``usd`` and ``expected_usd`` are the estimate and its forecast.
    ``peak_mib`` is of the largest compute process, ``pss_mib`` of everything together. ``load`` is
    the machine's load before the run.
    """

    way: str
    minutes: float
    rows: int
    videos: int = 1
    cores: int
    language: str = ""
    load: float
    seconds_to_captions: float
    seconds: float
    cpu_s: float
    peak_mib: float = 0.0
    pss_mib: float = 0.0
    usd: float | None = None
    expected_usd: float | None = None
    stages: dict[str, float] = {}
    core_seconds: dict[str, float] = {}
    """Processor seconds by compute function."""
    call_seconds: dict[str, float] = {}
    """Wall seconds by compute function."""
    captions: int = 0
    f1: float | None = None
    cer: float | None = None

    @property
    def what(self) -> str:
        """The video, and on how many cores."""
        if not self.minutes:
            return f"{self.cores} cores"
        times = f"{self.videos} x " if self.videos > 1 else ""
        language = f" {self.language}" if self.language else ""
        return f"{times}{self.minutes:g} min {self.rows}p{language}, {self.cores} cores"


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    way: str
    reason: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    machine: Machine
    runs: list[Run]
    skipped: list[Skipped] = []


_HEADING = (
    f"{'way, video':44}  n  captions     all     CPU  CPU/min  process    PSS"
    "     cost  forecast     F1    CER  load"
)


def machine() -> Machine:
    processor = "unknown"
    with Path("/proc/cpuinfo").open() as info:
        for line in info:
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=processor,
        memory_gib=round(pages / 2**30, 1),
    )


def load() -> float:
    return round(os.getloadavg()[0], 1)


def grouped(runs: Sequence[Run]) -> dict[tuple[str, str], list[Run]]:
    """Runs of the same work: by the way, and by video and cores."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.way, run.what), []).append(run)
    return groups


def median(runs: Sequence[Run], value: Callable[[Run], float]) -> float:
    return statistics.median(map(value, runs))


def table(results: Results) -> str:
    """A line per group of runs with medians, then the stages, then what was skipped."""
    lines = [_HEADING]
    groups = grouped(results.runs)
    for (way, what), runs in groups.items():
        lines.append(f"{f'{way}, {what}':44} {len(runs):2}  {_figures(runs)}")
    for (way, what), runs in groups.items():
        names = list(dict.fromkeys(stage for run in runs for stage in run.stages))
        stages = ", ".join(f"{name} {_stage(runs, name):.1f}" for name in names)
        if stages:
            lines.append(f"{way}, {what}, seconds: {stages}")
    lines += [f"skipped: {one.way}: {one.reason}" for one in results.skipped]
    machine = results.machine
    lines.append(f"{machine.cores} cores, {machine.processor}, {machine.memory_gib} GiB")
    return "\n".join(lines)


def _stage(runs: Sequence[Run], name: str) -> float:
    return median(runs, lambda run: run.stages.get(name, 0.0))


def _figures(runs: Sequence[Run]) -> str:
    cpu = median(runs, lambda run: run.cpu_s)
    minutes = runs[0].minutes * runs[0].videos or 1
    loads = [run.load for run in runs]
    return (
        f"{median(runs, lambda run: run.seconds_to_captions):6.1f} s"
        f"{median(runs, lambda run: run.seconds):6.1f} s"
        f"{cpu:6.1f} s{cpu / minutes:7.1f} s"
        f"{median(runs, lambda run: run.peak_mib):5.0f} MiB"
        f"{median(runs, lambda run: run.pss_mib) / 1024:6.2f} G"
        f"  {_usd(runs, lambda run: run.usd):>8}  {_usd(runs, lambda run: run.expected_usd):>7}"
        f"  {_share(runs, lambda run: run.f1):>5} {_share(runs, lambda run: run.cer):>6}"
        f"  {min(loads):.1f}-{max(loads):.1f}"
    )


def _usd(runs: Sequence[Run], value: Callable[[Run], float | None]) -> str:
    found = [known for run in runs if (known := value(run)) is not None]
    return f"{statistics.median(found):.5f}" if found else "-"


def _share(runs: Sequence[Run], value: Callable[[Run], float | None]) -> str:
    found = [known for run in runs if (known := value(run)) is not None]
    return f"{statistics.median(found):.3f}" if found else "-"
