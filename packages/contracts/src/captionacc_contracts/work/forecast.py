"""What a job is expected to use, so that a tenant's budget is reserved before it is spent. Pure."""

import calendar
from datetime import datetime

import msgspec

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
USD_PER_UNIT = {
    # Google Vision reads a frame per ten seconds (0.00015), and four cores run at ten times the
    # speed of the video (0.000006).
    FunctionName.EXTRACT_FRAMES_AND_OCR: 0.00016,
    # A GPU of the class L4 with four cores, at ten times the speed of the video.
    FunctionName.CROP_AND_INFER: 0.00003,
    # One picture for Google Vision.
    FunctionName.GENERATE_CAPTION_OCR: 0.0015,
    FunctionName.GENERATE_CAPTIONS_OCR: 0.0015,
}
"""US dollars per second of video, or per caption, until calls of the function were measured."""
_WEEK_DAYS = 7


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What to reserve. Only the first job of a video counts its seconds."""

    usd: float
    video_seconds: float


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
    parameters: JobParameters,
    *,
    duration_seconds: float | None,
    size_bytes: int | None,
    measured_usd_per_unit: float | None,
) -> Forecast:
    """Return what the job is expected to use.

    Args:
        parameters: What the job is asked to do.
        duration_seconds: Duration of the video, if it is known.
        size_bytes: Size of the upload, if it is known; it stands in for the duration.
        measured_usd_per_unit: What earlier calls of the function cost per second of video, or per
            caption when the job reads captions.
    """
    rate = measured_usd_per_unit
    if rate is None:
        rate = USD_PER_UNIT[function_of(parameters)]
    if isinstance(parameters, CaptionOcr | CaptionsOcr):
        return Forecast(usd=rate * len(caption_ids(parameters)), video_seconds=0.0)
    if duration_seconds is None:
        duration_seconds = (
            UNKNOWN_VIDEO_SECONDS if size_bytes is None else size_bytes / BYTES_PER_VIDEO_SECOND
        )
    tracks = len(parameters.tracks) if isinstance(parameters, CropAndInfer) else 1
    first = isinstance(parameters, InitialProcessing)
    return Forecast(
        usd=rate * duration_seconds * tracks, video_seconds=duration_seconds if first else 0.0
    )


def month_forecast(*, used: float, reserved: float, last_week: float, now: datetime) -> float:
    """Return what a month will have used at its end, if its rest goes on like the last seven days.

    ``used``, ``reserved`` and ``last_week`` are in one unit; ``now`` is in UTC.
    """
    days = calendar.monthrange(now.year, now.month)[1]
    passed = now.day - 1 + (now.hour * 3600 + now.minute * 60 + now.second) / 86_400
    return used + reserved + last_week / _WEEK_DAYS * (days - passed)
