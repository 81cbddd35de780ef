"""Draws time, memory and cost against length and cores, one small PNG each."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.main_job.measured import Results, Run, grouped, median

_Value = Callable[[Run], float]
_PLOTS: dict[str, tuple[str, _Value]] = {
    "time": ("seconds to the captions", lambda run: run.seconds_to_captions),
    "processor": ("processor seconds", lambda run: run.cpu_s),
    "memory": ("MiB of all processes together", lambda run: run.pss_mib),
    "cost": ("US dollars in the cloud", lambda run: run.usd or 0.0),
}
_Lines = dict[str, list[tuple[float, float]]]
_USUAL_ROWS = 720
_INCHES = (5.0, 3.2)
_DOTS_PER_INCH = 100


def draw(results: Results, folder: Path) -> list[Path]:
    """Write a plot per figure into ``folder``; a figure that too few runs have is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (label, value) in _PLOTS.items():
        for across, drawn in (
            ("length", _by_length(results, label, value)),
            ("cores", _by_cores(results, label, value)),
        ):
            if drawn is not None:
                path = folder / f"main-job-{name}-by-{across}.png"
                drawn.savefig(path, dpi=_DOTS_PER_INCH)
                written.append(path)
    return written


def _by_length(results: Results, label: str, value: _Value) -> Figure | None:
    most = results.machine.cores
    lines: _Lines = {}
    for runs in grouped(results.runs).values():
        run, found = runs[0], median(runs, value)
        if run.minutes and run.videos == 1 and run.cores == most and found:
            name = run.way if run.rows == _USUAL_ROWS else f"{run.way}, {run.rows} rows"
            lines.setdefault(name, []).append((run.minutes, found))
    return _figure(lines, f"minutes of video ({most} cores)", label)


def _by_cores(results: Results, label: str, value: _Value) -> Figure | None:
    lines: _Lines = {}
    for runs in grouped(results.runs).values():
        run = runs[0]
        if run.way == "ours" and run.videos == 1 and run.rows == _USUAL_ROWS:
            name = f"{run.minutes:g} min"
            lines.setdefault(name, []).append((run.cores, median(runs, value)))
    several = {name: points for name, points in lines.items() if len(points) > 1}
    return _figure(several, "cores", label)


def _figure(lines: _Lines, across: str, up: str) -> Figure | None:
    if not lines:
        return None
    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.add_subplot()
    for name, points in lines.items():
        axes.plot(*zip(*sorted(points), strict=True), marker="o", label=name)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    return figure
