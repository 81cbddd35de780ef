"""What a job is expected to use, so that a tenant's budget is reserved before it is spent. Pure."""

import calendar
from collections.abc import Mapping
from datetime import datetime

import msgspec

from captionacc_contracts.work.compute import Hardware, Measured
from captionacc_contracts.work.cost import estimate
from captionacc_contracts.work.effort import EFFORT, Amount, reading_factor
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
    JobParameters,
    caption_ids,
)

BYTES_PER_VIDEO_SECOND = 250_000
"""Videos for the web have about 2 Mbit/s. Gives the duration when only the size is known."""
UNKNOWN_VIDEO_SECONDS = 600.0
"""Assumed when neither duration nor size is known; the median clip of a channel has ten minutes."""
USUAL_PIXELS = 1280 * 720
"""Assumed when the size of the picture is unknown."""
WHOLE_JOB = (
    FunctionName.EXTRACT_FRAMES_AND_OCR,
    FunctionName.CROP_AND_INFER,
    FunctionName.GENERATE_CAPTIONS_OCR,
)
"""The calls from an upload to the text of its captions."""
_WEEK_DAYS = 7


class VideoFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a video before its work starts. Null means unknown.

    ``language`` is a tag such as ``zh``. ``size_bytes`` stands in for an unknown duration.
    """

    duration_seconds: float | None = None
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    language: str | None = None

    @property
    def seconds(self) -> float:
        """The duration, or what the size says about it."""
        if self.duration_seconds is not None:
            return self.duration_seconds
        if self.size_bytes is not None:
            return self.size_bytes / BYTES_PER_VIDEO_SECOND
        return UNKNOWN_VIDEO_SECONDS

    @property
    def megapixels(self) -> float:
        """Million pixels of a picture."""
        return ((self.width or 0) * (self.height or 0) or USUAL_PIXELS) / 1e6


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What the latest calls of a function cost together, and what they went through."""

    usd: float
    amount: Amount


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What to reserve. Only the first job of a video counts its seconds."""

    usd: float
    video_seconds: float


class JobForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What the whole job of a video is expected to take: from the upload to the captions' texts.

    ``usd`` is in US dollars, as the cost estimate of calls. ``core_seconds`` is the time of one
    processor core on the machine that ``docs/benchmarks.md`` names, and ``seconds`` the time on
    two such cores without other work. A GPU is not counted in either.
    """

    usd: float
    core_seconds: float
    seconds: float


def function_of(parameters: JobParameters) -> FunctionName:
    """The compute function that does a job with these parameters."""
    match parameters:
        case InitialProcessing():
            return FunctionName.EXTRACT_FRAMES_AND_OCR
        case CropAndInfer():
            return FunctionName.CROP_AND_INFER
        case CaptionOcr():
            return FunctionName.GENERATE_CAPTION_OCR
        case CaptionsOcr():
            return FunctionName.GENERATE_CAPTIONS_OCR


def forecast(
    parameters: JobParameters, facts: VideoFacts, *, earlier: Earlier | None = None
) -> Forecast:
    """Return what the job is expected to use.

    Args:
        parameters: What the job is asked to do.
        facts: What is known of the video.
        earlier: The latest calls of the function; see :func:`usd_of`.
    """
    if isinstance(parameters, CaptionOcr | CaptionsOcr):
        amount = _reading(facts, len(caption_ids(parameters)))
    else:
        tracks = len(parameters.tracks) if isinstance(parameters, CropAndInfer) else 1
        amount = _through(facts, tracks=tracks)
    first = isinstance(parameters, InitialProcessing)
    return Forecast(
        usd=usd_of(function_of(parameters), amount, earlier),
        video_seconds=facts.seconds if first else 0.0,
    )


def job_forecast(facts: VideoFacts, earlier: Mapping[FunctionName, Earlier]) -> JobForecast:
    """Return what the whole job of a video with one track of captions is expected to take."""
    usd = core_seconds = 0.0
    seconds = EFFORT.overhead_seconds
    for function in WHOLE_JOB:
        amount = _through(facts, tracks=1)
        if function is FunctionName.GENERATE_CAPTIONS_OCR:
            amount = _reading(facts, facts.seconds / 60 * EFFORT.captions_per_minute)
        cores = EFFORT.core_seconds(function, amount)
        usd += usd_of(function, amount, earlier.get(function))
        core_seconds += cores
        seconds += cores / EFFORT.cores_busy(function)
    return JobForecast(usd=usd, core_seconds=core_seconds, seconds=seconds)


def usd_of(function: FunctionName, amount: Amount, earlier: Earlier | None) -> float:
    """Return what a call that goes through ``amount`` is expected to cost.

    The coefficients of :mod:`captionacc_contracts.work.effort` say how the cost grows. What the
    latest calls of this service cost beside what the coefficients say of them corrects the price:
    for the speed of its machines, its GPUs and an OCR engine that bills. A service without earlier
    calls is expected to run on processors alone, with an engine that does not bill.
    """
    usd = _usd_by_effort(function, amount)
    by_effort = 0.0 if earlier is None else _usd_by_effort(function, earlier.amount)
    # Measured coefficients may be 0, and then calls that read no caption say nothing.
    return usd * earlier.usd / by_effort if earlier is not None and by_effort else usd


def _usd_by_effort(function: FunctionName, amount: Amount) -> float:
    core_seconds = EFFORT.core_seconds(function, amount)
    expected = Measured(
        seconds={},
        cpu_seconds=core_seconds,
        hardware=Hardware(cpu_cores=1),
        peak_memory_mib=EFFORT.peak_memory_mib,
    )
    return sum(line.usd for line in estimate(function, expected))


def _through(facts: VideoFacts, *, tracks: int) -> Amount:
    return Amount(
        track_seconds=facts.seconds * tracks, megapixel_seconds=facts.seconds * facts.megapixels
    )


def _reading(facts: VideoFacts, captions: float) -> Amount:
    counted = captions * reading_factor(facts.language)
    return Amount(captions=counted, megapixel_captions=counted * facts.megapixels)


def month_forecast(*, used: float, reserved: float, last_week: float, now: datetime) -> float:
    """Return what a month will have used at its end, if its rest goes on like the last seven days.

    ``used``, ``reserved`` and ``last_week`` are in one unit; ``now`` is in UTC.
    """
    days = calendar.monthrange(now.year, now.month)[1]
    passed = now.day - 1 + (now.hour * 3600 + now.minute * 60 + now.second) / 86_400
    return used + reserved + last_week / _WEEK_DAYS * (days - passed)
