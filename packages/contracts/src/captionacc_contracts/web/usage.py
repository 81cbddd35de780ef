"""Body of ``GET /usage``: the limits of a tenant, and what it uses of them."""

from datetime import date, datetime

import msgspec

from captionacc_contracts.limits import LimitName
from captionacc_contracts.work.tiers import Tier


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    """A limit and what counts against it, in the unit that its name says.

    Null ``allowed`` means that there is no limit. ``reserved`` is what work under way is expected
    to use. ``forecast`` is what the month will have used at its end if it goes on like the last
    seven days; null for limits that do not count per month. ``free_at`` is when the count starts
    anew, or falls again; null when no time changes it.
    """

    name: LimitName
    allowed: float | None
    used: float
    reserved: float
    forecast: float | None
    free_at: datetime | None


class DayView(msgspec.Struct, frozen=True, kw_only=True):
    """What the tenant used on a day in UTC."""

    day: date
    videos: int
    minutes: float
    usd: float


class TenantUsage(msgspec.Struct, frozen=True, kw_only=True):
    """``days`` are those on which the tenant used something, oldest first."""

    tier: Tier
    limits: list[LimitView]
    days: list[DayView]
