"""Turns what a tenant uses of its limits into the views of the API. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from captionacc_contracts.limits import LimitName
from captionacc_contracts.web.usage import DayView, LimitView
from captionacc_contracts.work.forecast import month_forecast
from captionacc_supabase.limits.tenant_limits import DayOfUse, Standing

WEEK_DAYS = 7


def limit_views(
    standings: Sequence[Standing], days: Sequence[DayOfUse], now: datetime
) -> list[LimitView]:
    """Return the limits with a forecast for those that count per month.

    Args:
        standings: What the tenant uses of its limits.
        days: The tenant's days of use, at least of the last seven days.
        now: The time in UTC.
    """
    since = (now - timedelta(days=WEEK_DAYS)).date()
    week = [day for day in days if day.day > since]
    last_week = {
        LimitName.USD_PER_MONTH: sum(day.usd for day in week),
        LimitName.MINUTES_PER_MONTH: sum(day.video_seconds for day in week) / 60,
    }
    return [
        LimitView(
            name=standing.name,
            allowed=standing.allowed,
            used=standing.used,
            reserved=standing.reserved,
            forecast=month_forecast(
                used=standing.used,
                reserved=standing.reserved,
                last_week=last_week[standing.name],
                now=now,
            )
            if standing.name in last_week
            else None,
            free_at=standing.free_at,
        )
        for standing in standings
    ]


def day_views(days: Sequence[DayOfUse]) -> list[DayView]:
    """Return the days of use as the API shows them."""
    return [
        DayView(day=day.day, videos=day.videos, minutes=day.video_seconds / 60, usd=day.usd)
        for day in days
    ]
