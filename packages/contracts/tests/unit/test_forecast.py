import pickle
from datetime import UTC, datetime

import msgspec
import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack
from captionacc_contracts.limits import LimitName, LimitReached, LimitReachedError, Limits
from captionacc_contracts.work.effort import Amount
from captionacc_contracts.work.forecast import (
    Earlier,
    VideoFacts,
    forecast,
    job_forecast,
    month_forecast,
)
from captionacc_contracts.work.functions import FunctionName
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
    found = forecast(FIRST, VideoFacts(duration_seconds=duration, size_bytes=size))
    known = forecast(FIRST, VideoFacts(duration_seconds=seconds))
    assert found == known
    assert found.video_seconds == seconds


def test_only_the_first_job_counts_the_seconds_of_a_video_and_each_track_costs() -> None:
    one = CropAndInfer(video_key="k", crop_region=REGION)
    two = CropAndInfer(
        video_key="k", crop_region=REGION, other_tracks=[CropTrack(crop_region=REGION)]
    )
    facts = VideoFacts(duration_seconds=600)
    assert forecast(one, facts).video_seconds == 0
    assert forecast(one, facts).usd < forecast(two, facts).usd < 2 * forecast(one, facts).usd


def test_a_longer_video_and_a_larger_picture_cost_more() -> None:
    small = VideoFacts(duration_seconds=60, width=640, height=360)
    usual = VideoFacts(duration_seconds=60, width=1280, height=720)
    large = VideoFacts(duration_seconds=60, width=1920, height=1080)
    hour = VideoFacts(duration_seconds=3600, width=1280, height=720)
    prices = [job_forecast(facts, {}).usd for facts in (small, usual, large, hour)]
    assert prices == sorted(prices)
    assert job_forecast(VideoFacts(duration_seconds=60), {}) == job_forecast(usual, {})
    # What each call pays once makes a short video dearer per minute.
    assert prices[3] < 60 * prices[1]


def test_a_language_of_another_recogniser_takes_longer_to_read() -> None:
    english, russian = (VideoFacts(duration_seconds=60, language=tag) for tag in ("en", "ru"))
    assert job_forecast(english, {}).core_seconds < job_forecast(russian, {}).core_seconds
    unknown = VideoFacts(duration_seconds=60, language="not a language")
    assert job_forecast(unknown, {}) == job_forecast(english, {})


def test_reading_costs_per_caption() -> None:
    one = forecast(CaptionOcr(caption_id=1, cropped_frames_version=1), VideoFacts())
    three = forecast(CaptionsOcr(caption_ids=[1, 2, 3], cropped_frames_version=1), VideoFacts())
    assert one.usd < three.usd < 3 * one.usd
    assert (one.video_seconds, three.video_seconds) == (0, 0)


def test_earlier_calls_that_did_nothing_do_not_correct_the_price() -> None:
    facts = VideoFacts(duration_seconds=60)
    nothing = Earlier(usd=1.0, amount=Amount(calls=0))
    assert forecast(FIRST, facts, earlier=nothing) == forecast(FIRST, facts)


def test_what_earlier_calls_cost_corrects_the_price() -> None:
    facts = VideoFacts(duration_seconds=60)
    plain = forecast(FIRST, facts)
    amount = Amount(track_seconds=60, megapixel_seconds=60 * facts.megapixels)
    dear = Earlier(usd=plain.usd * 5, amount=amount)
    assert forecast(FIRST, facts, earlier=dear).usd == pytest.approx(plain.usd * 5)
    several = msgspec.structs.replace(
        amount, calls=10, track_seconds=600, megapixel_seconds=60 * facts.megapixels * 10
    )
    ten = Earlier(usd=plain.usd * 50, amount=several)
    assert forecast(FIRST, facts, earlier=ten).usd == pytest.approx(plain.usd * 5)
    whole = job_forecast(facts, {FunctionName.EXTRACT_FRAMES_AND_OCR: dear})
    assert whole.usd == pytest.approx(job_forecast(facts, {}).usd + plain.usd * 4)


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
