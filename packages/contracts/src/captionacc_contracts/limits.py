"""The limits of a tenant, and the refusal of a request that would go past one of them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from captionacc_contracts.errors import ErrorCode, PermanentError


class LimitName(StrEnum):
    """Columns of ``tier_limits`` and ``tenant_limits``; the text below a name says what counts."""

    VIDEOS_PER_DAY = "videos_per_day"
    """Videos inserted on this day in UTC, also those that were deleted since."""
    MINUTES_PER_MONTH = "minutes_per_month"
    """Minutes of video that became active in this month in UTC."""
    STORED_BYTES = "stored_bytes"
    """Bytes of the uploads of all videos that exist."""
    USD_PER_MONTH = "usd_per_month"
    """Estimated cost in US dollars of the compute calls of this month in UTC."""
    JOBS_WAITING = "jobs_waiting"
    """Jobs in the queue."""
    CROP_CHANGES_PER_HOUR = "crop_changes_per_hour"
    """Crop jobs asked for in the last 60 minutes."""


RATE_LIMITS = frozenset(
    {LimitName.VIDEOS_PER_DAY, LimitName.JOBS_WAITING, LimitName.CROP_CHANGES_PER_HOUR}
)
"""Limits that waiting a while gets past; the others are a matter of budget."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value per limit; null means that nothing is limited, or that the tier's value applies."""

    videos_per_day: float | None = None
    minutes_per_month: float | None = None
    stored_bytes: float | None = None
    usd_per_month: float | None = None
    jobs_waiting: float | None = None
    crop_changes_per_hour: float | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            # The comparison also refuses NaN.
            if value is not None and not 0 <= value < float("inf"):
                message = f"The limit {name} must be a number from 0 up, or null."
                raise ValueError(message)


class LimitReached(msgspec.Struct, frozen=True, kw_only=True):
    """The limit that a request would go past, in the units of the limit.

    ``used`` and ``reserved`` are what counts now, ``asked`` is what the request needs. ``free_at``
    is null when no time makes room.
    """

    name: LimitName
    allowed: float
    used: float
    reserved: float
    asked: float
    free_at: datetime | None = None


class LimitReachedError(PermanentError):
    """The request would go past a limit of the tenant; nothing was started or stored."""

    def __init__(self, message: str, reached: LimitReached) -> None:
        super().__init__(ErrorCode.LIMIT_REACHED, message)
        # Pickling repeats the call with these arguments.
        self.args = (message, reached)
        self.reached = reached


class RateLimitReachedError(LimitReachedError):
    """The tenant has reached a limit that frees itself; repeat the request later."""


class BudgetReachedError(LimitReachedError):
    """The tenant has reached a budget: its spend, minutes or bytes."""


def limit_reached(message: str, reached: LimitReached) -> LimitReachedError:
    """Return the error of the kind of limit that was reached."""
    is_rate = reached.name in RATE_LIMITS
    return (RateLimitReachedError if is_rate else BudgetReachedError)(message, reached)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Why an uploaded video has no job yet: the limit that its tenant has reached."""

    message: str
    reached: LimitReached
    since: datetime
