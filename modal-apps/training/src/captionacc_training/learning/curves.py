"""The curves of a training: one line of JSON per few steps, and their picture."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

CURVES = "curves.jsonl"

LOSSES = ("loss", "pair", "presence", "mask", "strokes")
ACCURACIES = ("same_right", "different_right", "glyph_right")

SMOOTHED = 20
"""Lines averaged for the smooth curve, because the figures of single batches jump."""


def append_curve(root: Path, step: int, parts: dict[str, float]) -> None:
    """Add the figures of a step."""
    with (root / CURVES).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step, **parts}) + "\n")


def read_curves(root: Path) -> list[dict[str, Any]]:
    """All lines in order, without an incomplete last line; empty when there is no training."""
    path = root / CURVES
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def forget_curve_after(root: Path, step: int) -> None:
    """Drop the lines after `step`, the step of the checkpoint from which training goes on."""
    path = root / CURVES
    if path.exists():
        kept = [json.dumps(line) + "\n" for line in read_curves(root) if line["step"] <= step]
        part = path.with_suffix(".part")
        part.write_text("".join(kept), "utf-8")
        part.replace(path)


def draw_curves(
    lines: Sequence[dict[str, Any]], rate_of_step: Callable[[int], float], path: Path
) -> None:
    """Write a PNG of losses, shares of correct pairs and learning rate over the steps.

    Args:
        lines: from `read_curves`.
        rate_of_step: the learning rate of a step, counted from 0.
        path: the PNG file.
    """
    steps = [int(line["step"]) for line in lines]
    figure = Figure(figsize=(8, 9), layout="constrained")
    losses, accuracies, rates = figure.subplots(3, 1, sharex=True)
    for axes, names in ((losses, LOSSES), (accuracies, ACCURACIES)):
        for place, name in enumerate(names):
            # A batch without pairs of a sort has NaN as their share.
            values = np.array([line.get(name, np.nan) for line in lines], float)
            axes.plot(steps, values, color=f"C{place}", alpha=0.2, linewidth=0.7)
            axes.plot(steps, _smooth(values), color=f"C{place}", label=name)
        axes.legend(loc="best", fontsize=8)
        axes.grid(alpha=0.3)
    losses.set_yscale("log")
    losses.set_ylabel("loss")
    accuracies.set_ylabel("share of correct pairs")
    rates.plot(steps, [rate_of_step(step - 1) for step in steps], color="black")
    rates.set_ylabel("learning rate")
    rates.set_xlabel("step")
    rates.grid(alpha=0.3)
    # Without the version of the library in it, the file depends on the lines only.
    figure.savefig(path, dpi=100, metadata={"Software": None})


def _smooth(values: NDArray[np.float64]) -> list[float]:
    """The mean of each value and the values before it, over `SMOOTHED` values in all."""
    smoothed = []
    for place in range(len(values)):
        window = values[max(0, place + 1 - SMOOTHED) : place + 1]
        known = window[np.isfinite(window)]
        smoothed.append(float(known.mean()) if len(known) else float("nan"))
    return smoothed
