"""Why work waits, as users and operators see it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from captionacc_contracts.limits import LimitReached
from captionacc_contracts.work.dependencies import Dependency


class WaitingReason(StrEnum):
    """Why work has not started yet."""

    PLACE = "place"
    """Other jobs are ahead; ``place`` says how many places there are to go."""
    OUTAGE = "outage"
    """A service that the job needs is away; ``outage`` names it. The work goes on by itself."""
    PAUSE = "pause"
    """An attempt failed, and the next one starts at ``not_before`` at the earliest."""
    TENANT_BUSY = "tenant_busy"
    """The tenant runs as many jobs at a time as it may."""
    LIMIT = "limit"
    """The tenant has reached a limit that frees itself, such as videos per day."""
    BUDGET = "budget"
    """The tenant has reached a budget, such as the spend of the month."""


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """Why work waits, and its place in the queue.

    ``place`` counts all waiting jobs and ``place_in_tenant`` those of the tenant; 1 is next. Places
    are estimates: they leave out that tenants which run much rank lower. They are null for a video
    that has no job yet because of ``limit``.
    """

    reason: WaitingReason
    message: str
    place: int | None = None
    place_in_tenant: int | None = None
    not_before: datetime | None = None
    limit: LimitReached | None = None
    outage: Dependency | None = None
    outage_since: datetime | None = None
