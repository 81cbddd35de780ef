"""Measured figures and their targets."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value. A figure without a target explains another figure."""

    name: str
    value: float
    at_most: float | None = None
    """The target is a value below this one."""
    at_least: float | None = None
    """The target is this value or a greater one."""
    unit: str
    samples: int

    @property
    def met(self) -> bool | None:
        if self.at_most is not None:
            return self.value < self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None


def percentiles(
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    at_most: float,
    p95_at_most: float | None = None,
) -> list[Figure]:
    """Two figures of the same values: the median, with a target, and the 95th percentile."""
    count = len(values)
    return [
        Figure(
            name=f"{name}, p50", value=median(values), unit=unit, at_most=at_most, samples=count
        ),
        Figure(
            name=f"{name}, p95",
            value=percentile(values, 95),
            unit=unit,
            at_most=p95_at_most,
            samples=count,
        ),
    ]


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
