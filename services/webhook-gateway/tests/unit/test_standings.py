from datetime import UTC, date, datetime

from captionacc_contracts.limits import LimitName
from captionacc_supabase.limits.tenant_limits import DayOfUse, Standing
from captionacc_webhook_gateway.standings import day_views, limit_views

NOW = datetime(2026, 4, 21, tzinfo=UTC)


def standing(name: LimitName, used: float, reserved: float = 0) -> Standing:
    return Standing(name=name, allowed=None, used=used, reserved=reserved, free_at=None)


def use(day: int, *, video_seconds: float = 0, usd: float = 0) -> DayOfUse:
    return DayOfUse(day=date(2026, 4, day), videos=1, video_seconds=video_seconds, usd=usd)


def test_the_forecast_counts_the_last_seven_days_only() -> None:
    days = [use(1, usd=100), use(14, usd=50), use(15, usd=3), use(21, usd=4, video_seconds=420)]
    usd, minutes, videos = limit_views(
        [
            standing(LimitName.USD_PER_MONTH, 157, reserved=2),
            standing(LimitName.MINUTES_PER_MONTH, 7),
            standing(LimitName.VIDEOS_PER_DAY, 1),
        ],
        days,
        NOW,
    )
    # Ten days of the month are left, at 1 USD and 1 minute per day.
    assert (usd.forecast, minutes.forecast, videos.forecast) == (169, 17, None)


def test_days_are_shown_in_minutes() -> None:
    assert [day.minutes for day in day_views([use(3, video_seconds=90)])] == [1.5]
