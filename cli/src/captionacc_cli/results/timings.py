"""timings.json: how long a run took, how much memory it used, and what it would cost."""

from collections.abc import Mapping, Sequence

import msgspec
from captionacc_contracts.api import UsageView, VideoView
from captionacc_contracts.work.cost import CostLine

COST_BASIS = (
    "Processor seconds of this machine and peak memory, at the prices of Modal without a GPU. Calls"
    " on Modal itself: the seconds of their container at the prices of its hardware."
)


class FunctionTimings(msgspec.Struct, frozen=True, kw_only=True):
    function: str
    seconds: dict[str, float]


class EstimatedCost(msgspec.Struct, frozen=True, kw_only=True):
    """``basis`` says how the price follows from what was measured."""

    basis: str
    total: float
    lines: list[CostLine]


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """``seconds`` is the wall time per stage of the run; ``functions`` splits each compute call."""

    video_duration_seconds: float | None
    seconds: dict[str, float]
    seconds_in_all: float
    functions: list[FunctionTimings]
    start_seconds: dict[str, float]
    peak_memory_mib: dict[str, float]
    ocr_units: int
    estimated_cloud_cost_usd: EstimatedCost


def timings(
    video: VideoView,
    *,
    seconds: Mapping[str, float],
    seconds_in_all: float,
    start_seconds: Mapping[str, float],
    service_memory_mib: Mapping[str, float],
) -> Timings:
    """Timings, memory and cost of one video's run."""
    memory = dict(service_memory_mib)
    for usage in video.usage:
        name = f"compute: {usage.function}"
        memory[name] = max(memory.get(name, 0.0), usage.peak_memory_mib)
    lines = merged([line for usage in video.usage for line in usage.cost])
    return Timings(
        video_duration_seconds=video.duration_seconds,
        seconds={stage: round(value, 2) for stage, value in seconds.items()},
        seconds_in_all=round(seconds_in_all, 2),
        functions=[_function(usage) for usage in video.usage],
        start_seconds=dict(start_seconds),
        peak_memory_mib={name: round(value, 1) for name, value in sorted(memory.items())},
        ocr_units=sum(usage.ocr_units for usage in video.usage),
        estimated_cloud_cost_usd=EstimatedCost(
            basis=COST_BASIS, total=round(sum(line.usd for line in lines), 6), lines=lines
        ),
    )


def merged(lines: Sequence[CostLine]) -> list[CostLine]:
    """Sum the lines with the same item and unit; each sum takes the place of its first line."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for line in lines:
        quantity, usd = sums.get((line.item, line.unit), (0.0, 0.0))
        sums[line.item, line.unit] = (quantity + line.quantity, usd + line.usd)
    return [
        CostLine(item=item, unit=unit, quantity=round(quantity, 3), usd=round(usd, 6))
        for (item, unit), (quantity, usd) in sums.items()
    ]


def _function(usage: UsageView) -> FunctionTimings:
    return FunctionTimings(
        function=usage.function,
        seconds={stage: round(value, 2) for stage, value in usage.seconds.items()},
    )
