"""The limits of a tenant, and what the tenant has used of them."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec
from captionacc_contracts.events import EventKind
from captionacc_contracts.limits import (
    LimitName,
    LimitReachedError,
    Limits,
)

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.limits.reservations import require


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of a tenant with what counts against it; null ``allowed`` means no limit."""

    name: LimitName
    allowed: float | None
    used: float
    reserved: float
    free_at: datetime | None


class DayOfUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant used on a day in UTC."""

    day: date
    videos: int
    video_seconds: float
    usd: float


class TenantLimits:
    """Available as ``session.limits``."""

    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def require(self, tenant_id: UUID, amounts: Mapping[LimitName, float]) -> None:
        """Check that the tenant may use these further amounts; see :func:`require`.

        Raises:
            LimitReachedError: an amount would go past its limit.
        """
        await require(self._statements, tenant_id, amounts)

    async def standing(self, tenant_id: UUID) -> list[Standing]:
        """All limits of the tenant with what it uses, also before the tenant's first video."""
        return await self._statements.rows(
            Standing, "select * from captionacc.limit_standing($1)", tenant_id
        )

    async def days(self, tenant_id: UUID, days: int) -> list[DayOfUse]:
        """The last ``days`` days on which the tenant used something, oldest first."""
        return await self._statements.rows(
            DayOfUse,
            """
            select day, videos, video_seconds, usd from captionacc.tenant_days
            where tenant_id = $1 and day > (now() at time zone 'utc')::date - $2::integer
            order by day
            """,
            tenant_id,
            days,
        )

    async def overrides(self, tenant_id: UUID) -> Limits:
        """The tenant's own limits; a null value means that the tier's applies."""
        found = await self._statements.value(
            """
            select to_jsonb(own) - 'tenant_id' from captionacc.tenant_limits own
            where tenant_id = $1
            """,
            tenant_id,
        )
        return msgspec.convert(found or {}, Limits)

    async def override(self, tenant_id: UUID, limits: Limits) -> None:
        """Replace the tenant's own limits.

        Raises:
            PermanentError: ``not_found``; there is no such tenant.
        """
        await self._statements.run(
            "delete from captionacc.tenant_limits where tenant_id = $1", tenant_id
        )
        await self._statements.run(
            """
            insert into captionacc.tenant_limits
            select * from jsonb_populate_record(null::captionacc.tenant_limits, $1)
            """,
            {"tenant_id": tenant_id, **msgspec.structs.asdict(limits)},
        )

    async def note_waiting(self, video_id: UUID, error: LimitReachedError) -> None:
        """Show on a video which limit keeps its next job from starting; see ``Waiting``.

        A video that shows the limit already stays as it is, unless the limit frees at another time.
        """
        waiting = {"message": error.message, "reached": error.reached}
        rows = await self._statements.records(
            """
            update captionacc.videos set
                waiting = $2::jsonb || jsonb_build_object('since', now())
            where id = $1 and status in ('uploaded', 'active')
                and (waiting -> 'reached' -> 'name', waiting -> 'reached' -> 'free_at')
                    is distinct from (
                        $2::jsonb -> 'reached' -> 'name', $2::jsonb -> 'reached' -> 'free_at'
                    )
            returning tenant_id
            """,
            video_id,
            waiting,
        )
        for row in rows:
            self._announcements.event(
                row["tenant_id"],
                EventKind.VIDEO_WAITING,
                waiting,
                video_id=video_id,
            )

    async def forget_waiting(self, video_id: UUID) -> None:
        """Show no limit on a video for which nothing is left to be asked for."""
        await self._statements.run(
            "update captionacc.videos set waiting = null where id = $1 and waiting is not null",
            video_id,
        )

    async def release_ended(self) -> int:
        """Delete reservations of jobs that have ended; the number should be 0.

        The end of a job deletes its reservation, except where triggers were off, as during a
        restore.
        """
        released = await self._statements.values(
            """
            delete from captionacc.reservations r using captionacc.jobs j
            where j.id = r.job_id and j.state in ('done', 'error', 'cancelled')
            returning r.job_id
            """
        )
        return len(released)
