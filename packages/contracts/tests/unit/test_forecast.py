import pickle
from datetime import UTC, datetime

import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.limits import LimitName, LimitReached, LimitReachedError, Limits
from captionacc_contracts.work.forecast import Forecast, forecast, month_forecast
from captionacc_contracts.work.jobs import CaptionOcr, CaptionsOcr, CropAndInfer, InitialProcessing

REGION = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
FIRST = InitialProcessing(video_key="k")


@pytest.mark.parametrize(
    ("duration", "size", "seconds"),
    [(90.0, None, 90.0), (90.0, 10**9, 90.0), (None, 50_000_000, 200.0), (None, None, 600.0)],
)
def test_the_duration_is_known_or_follows_from_the_size(
    duration: float | None, size: int | None, seconds: float
) -> None:
    found = forecast(FIRST, duration_seconds=duration, size_bytes=size, measured_usd_per_unit=0.5)
    assert found == Forecast(usd=seconds / 2, video_seconds=seconds)


def test_only_the_first_job_counts_the_seconds_of_a_video_and_each_track_costs() -> None:
    crop = CropAndInfer(
        video_key="k", crop_region=REGION, other_tracks=[CropTrack(crop_region=REGION)]
    )
    found = forecast(crop, duration_seconds=10, size_bytes=None, measured_usd_per_unit=0.5)
    assert found == Forecast(usd=10, video_seconds=0)


@pytest.mark.parametrize(
    ("parameters", "captions"),
    [
        (CaptionOcr(caption_id=1, cropped_frames_version=1), 1),
        (CaptionsOcr(caption_ids=[1, 2, 3], cropped_frames_version=1), 3),
    ],
)
def test_reading_costs_per_caption(parameters: CaptionOcr | CaptionsOcr, captions: int) -> None:
    found = forecast(parameters, duration_seconds=9, size_bytes=9, measured_usd_per_unit=0.25)
    assert found == Forecast(usd=captions / 4, video_seconds=0)


def test_a_function_that_was_never_measured_has_a_price() -> None:
    found = forecast(FIRST, duration_seconds=100, size_bytes=None, measured_usd_per_unit=None)
    assert found.usd == pytest.approx(0.016)


def test_the_month_goes_on_like_the_last_week() -> None:
    now = datetime(2026, 4, 21, tzinfo=UTC)
    assert month_forecast(used=20, reserved=1, last_week=7, now=now) == 31
    last = datetime(2026, 4, 30, 12, tzinfo=UTC)
    assert month_forecast(used=20, reserved=0, last_week=7, now=last) == 20.5


@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan")])
def test_a_limit_is_a_number_from_0_up(value: float) -> None:
    with pytest.raises(ValueError, match="videos_per_day"):
        Limits(videos_per_day=value)


def test_the_names_are_the_columns() -> None:
    assert list(Limits.__struct_fields__) == [name.value for name in LimitName]


def test_a_refusal_survives_pickling() -> None:
    reached = LimitReached(name=LimitName.JOBS_WAITING, allowed=1, used=1, reserved=0, asked=1)
    copy = pickle.loads(pickle.dumps(LimitReachedError("No.", reached)))
    assert (copy.message, copy.reached) == ("No.", reached)
