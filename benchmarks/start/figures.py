"""Measured figures and their targets."""

import math
import statistics
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """``at_most`` or ``at_least`` is the target; a figure without a target explains another one."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    samples: int

    @property
    def met(self) -> bool | None:
        if self.at_most is not None:
            return self.value < self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(figures: Sequence[Figure]) -> str:
    """One line per figure."""
    lines = [f"{'':62} {'measured':>14}  {'target':>12}  met"]
    for figure in figures:
        target = ""
        if figure.at_most is not None:
            target = f"< {figure.at_most:g} {figure.unit}"
        elif figure.at_least is not None:
            target = f">= {figure.at_least:g} {figure.unit}"
        met = {True: "yes", False: "NO", None: ""}[figure.met]
        measured = f"{figure.value:.3g}" if figure.value < 100 else f"{figure.value:.0f}"
        name = f"{figure.name} (n={figure.samples})"
        lines.append(f"{name:62} {f'{measured} {figure.unit}':>14}  {target:>12}  {met}")
    return "\n".join(lines)
