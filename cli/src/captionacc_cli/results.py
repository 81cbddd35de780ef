"""What a run writes as data: captions.json and timings.json."""

from collections.abc import Mapping, Sequence

import msgspec
from captionacc_contracts.api import (
    CaptionList,
    CaptionView,
    UsageView,
    VideoView,
)
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.cost import CostLine

GAP = "gap"


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """``end_frame`` is inclusive; ``ocr_confidence`` is null when the text could not be read."""

    start_frame: int
    end_frame: int
    text: str
    confidence: float
    ocr_confidence: float | None


class CaptionsFile(msgspec.Struct, frozen=True, kw_only=True):
    frame_rate: int | float
    frame_count: int
    crop_region: CropRegion | None
    captions: list[Caption]


class FunctionTimings(msgspec.Struct, frozen=True, kw_only=True):
    function: str
    seconds: dict[str, float]


class EstimatedCost(msgspec.Struct, frozen=True, kw_only=True):
    total: float
    lines: list[CostLine]


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """``seconds`` are wall seconds of the run's stages; ``functions`` split the compute calls."""

    video_duration_seconds: float | None
    seconds: dict[str, float]
    seconds_in_all: float
    functions: list[FunctionTimings]
    start_seconds: dict[str, float]
    peak_memory_mib: dict[str, float]
    ocr_units: int
    estimated_cloud_cost_usd: EstimatedCost


def text_of(caption: CaptionView) -> str:
    """What a person made of the caption, else what OCR read."""
    return caption.text if caption.text is not None else caption.caption_ocr or ""


def captions_file(found: CaptionList | None, frame_count: int) -> CaptionsFile:
    """The captions without their gaps; no ``found`` means that the video shows none."""
    if found is None:
        return CaptionsFile(frame_rate=10, frame_count=frame_count, crop_region=None, captions=[])
    rate = found.frame_rate
    return CaptionsFile(
        frame_rate=int(rate) if rate == int(rate) else rate,
        frame_count=found.frame_count,
        crop_region=found.crop_region,
        captions=[
            Caption(
                start_frame=caption.start_frame,
                end_frame=caption.end_frame,
                text=text_of(caption),
                confidence=round(caption.confidence, 4),
                ocr_confidence=caption.caption_ocr_confidence,
            )
            for caption in found.captions
            if caption.state != GAP
        ],
    )


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
            total=round(sum(line.usd for line in lines), 6), lines=lines
        ),
    )


def merged(lines: Sequence[CostLine]) -> list[CostLine]:
    """One line an item and unit, in order of first appearance."""
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
