"""Videos through the command of a checkout, ours or an older one, on a stack of its own."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from captionacc_cli.demo.demo import score
from captionacc_cli.results.truth import load_truth
from captionacc_exports.writers.truth import TrueCaption

from benchmarks.main_job.measured import Run, load, machine
from benchmarks.main_job.processes import watched
from benchmarks.main_job.video import Clip, Drawn

_LOOK_S = 0.02
# After a start, the worker registers its flows and a compute process loads its libraries.
_SETTLED_AFTER_S = 20.0
_IDLE_S = 30.0
_LONGEST_S = 3 * 3600.0
_EXPECTED = re.compile(r"Expected: .*\$(\d+\.\d+)")


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A checkout with its environment, and the home of its stack, which gets ``cores``."""

    name: str
    root: Path
    home: Path
    cores: int

    @property
    def command(self) -> list[str]:
        # The stack asks for the cores of the machine, so the compute threads are said to it.
        program = str(self.root / ".venv" / "bin" / "captionacc")
        if self._has_all_cores:
            return [program]
        return ["taskset", "--cpu-list", f"0-{self.cores - 1}", program]

    @property
    def environment(self) -> dict[str, str]:
        home = {"CAPTIONACC_HOME": str(self.home)}
        threads = {} if self._has_all_cores else {"COMPUTE_THREADS": str(self.cores)}
        return os.environ | home | threads

    @property
    def _has_all_cores(self) -> bool:
        return self.cores == machine().cores

    @contextlib.contextmanager
    def stack(self) -> Iterator[Run]:
        """The stack, which is up during the block; gives its start and what it uses idle.

        Raises:
            CalledProcessError: The stack did not start.
        """
        self._say("up")
        self._say("down")
        before, began = load(), time.monotonic()
        with watched(self.home) as start:
            self._say("up")
            up_s = time.monotonic() - began
        try:
            time.sleep(_SETTLED_AFTER_S)
            with watched(self.home) as idle:
                time.sleep(_IDLE_S)
            yield Run(
                way=f"{self.name}: start",
                minutes=0,
                rows=0,
                cores=self.cores,
                load=before,
                seconds_to_captions=up_s,
                seconds=up_s,
                cpu_s=start.cpu_s,
                pss_mib=idle.pss_mib,
                stages={"up, the second time": up_s, "idle cores": idle.cpu_s / _IDLE_S},
            )
        finally:
            self._say("down")

    def run(self, clip: Clip, *, videos: int = 1, language: str = "") -> Run:
        """Put a video through the running stack, ``videos`` times at once.

        Raises:
            RuntimeError: A command failed.
        """
        before = load()
        with tempfile.TemporaryDirectory(prefix="captionacc-bench-") as folder:
            outs = [Path(folder) / str(number) for number in range(videos)]
            with watched(self.home) as use:
                began = time.monotonic()
                running = [self._start(clip.video, out, language) for out in outs]
                captions_s = _wait(running, outs, began)
                seconds = time.monotonic() - began
            ended = [_read(out) for out in outs]
            said = [(out.with_suffix(".log")).read_text() for out in outs]
        found, timings = ended[0]
        cores, walls = zip(*(_by_function(each) for _, each in ended), strict=True)
        scores = _scores(found, clip.video)
        return Run(
            way=self.name,
            minutes=clip.minutes,
            rows=clip.rows,
            videos=videos,
            language=language,
            cores=self.cores,
            load=before,
            seconds_to_captions=captions_s,
            seconds=seconds,
            cpu_s=use.cpu_s,
            peak_mib=max(_peak_mib(each) for _, each in ended),
            pss_mib=use.pss_mib,
            usd=max(each["estimated_cloud_cost_usd"]["total"] for _, each in ended),
            expected_usd=_expected(said[0]),
            stages=timings["seconds"] | _inner(timings),
            core_seconds=cores[0],
            call_seconds=walls[0],
            captions=len(found),
            f1=scores[0],
            cer=scores[1],
        )

    def _start(self, video: Drawn, out: Path, language: str) -> "subprocess.Popen[bytes]":
        said = ["--language", language] if language else []
        with out.with_suffix(".log").open("wb") as log:
            return subprocess.Popen(
                [*self.command, "run", str(video.video), "--out", str(out), *said],
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def _say(self, command: str) -> None:
        subprocess.run(
            [*self.command, command], env=self.environment, check=True, stdout=subprocess.DEVNULL
        )


def _wait(
    running: Sequence["subprocess.Popen[bytes]"], outs: Sequence[Path], began: float
) -> float:
    """Wait until all commands end; returns the seconds to the first captions."""
    first: float | None = None
    while any(process.poll() is None for process in running):
        if first is None and any(next(out.rglob("captions.srt"), None) for out in outs):
            first = time.monotonic() - began
        if time.monotonic() - began > _LONGEST_S:
            raise RuntimeError("The commands took longer than three hours.")
        time.sleep(_LOOK_S)
    for process, out in zip(running, outs, strict=True):
        if process.returncode != 0:
            raise RuntimeError(out.with_suffix(".log").read_text())
    return first if first is not None else time.monotonic() - began


def _read(out: Path) -> tuple[list[TrueCaption], dict[str, Any]]:
    """The captions and the timings of a run, in the words that all versions share."""
    captions = msgspec.json.decode(next(out.rglob("captions.json")).read_bytes())
    timings = msgspec.json.decode(next(out.rglob("timings.json")).read_bytes())
    return msgspec.convert(captions["captions"], list[TrueCaption]), timings


def _scores(found: Sequence[TrueCaption], video: Drawn) -> tuple[float | None, float | None]:
    if not video.truth.exists():
        return None, None
    extents, text = score(found, load_truth(video.truth).captions)
    return extents.f1, text.rate


def _by_function(timings: dict[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """Processor seconds and wall seconds by compute function."""
    lines = timings["estimated_cloud_cost_usd"]["lines"]
    cores = {
        line["item"].partition(" ")[0]: line["quantity"]
        for line in lines
        if line["unit"] == "core_second"
    }
    walls = {each["function"]: sum(each["seconds"].values()) for each in timings["functions"]}
    return cores, walls


def _inner(timings: dict[str, Any]) -> dict[str, float]:
    return {
        f"{each['function']}/{stage}": seconds
        for each in timings["functions"]
        for stage, seconds in each["seconds"].items()
    }


def _peak_mib(timings: dict[str, Any]) -> float:
    """The peak of the largest compute process."""
    peaks = timings["peak_memory_mib"].items()
    return max((mib for name, mib in peaks if name.startswith("compute")), default=0.0)


def _expected(said: str) -> float | None:
    match = _EXPECTED.search(said)
    return float(match[1]) if match else None
