"""What a transaction announces: events for the audit trail, and wake-ups.

They are held back until just before the commit. Numbering an event locks its tenant's counter, so
the lock is taken last and held briefly, in an order that cannot deadlock.
"""

from typing import Any
from uuid import UUID

import msgspec
from captionacc_contracts import notifications
from captionacc_contracts.events import EventKind

from captionacc_supabase.connection.statements import Statements


class _Pending(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: UUID
    kind: EventKind
    data: dict[str, Any]
    video_id: UUID | None
    job_id: UUID | None


class Announcements:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._events: list[_Pending] = []
        self._wakes: list[str] = []

    def event(
        self,
        tenant_id: UUID,
        kind: EventKind,
        data: dict[str, Any],
        *,
        video_id: UUID | None = None,
        job_id: UUID | None = None,
    ) -> None:
        """Append an event to the tenant's trail when the transaction commits.

        If a video changes its status several times in one transaction, only the last is written.
        """
        if kind is EventKind.VIDEO_STATUS:
            self._events = [
                event
                for event in self._events
                if (event.kind, event.video_id) != (EventKind.VIDEO_STATUS, video_id)
            ]
        self._events.append(
            _Pending(
                tenant_id=tenant_id,
                kind=kind,
                data=msgspec.to_builtins(data),
                video_id=video_id,
                job_id=job_id,
            )
        )

    def queued(self, job_id: UUID) -> None:
        """Wake the workers: a job can be claimed."""
        self._wakes.append(notifications.queued(job_id))

    def cancel(self, job_id: UUID) -> None:
        """Wake the worker that runs the job, so that it stops the job."""
        self._wakes.append(notifications.cancel(job_id))

    async def flush(self) -> None:
        """Write all announcements in one statement, as the last statement before the commit."""
        if not self._events and not self._wakes:
            return
        events = sorted(self._events, key=lambda event: event.tenant_id)
        await self._statements.run(
            """
            select captionacc.append_event(tenant, video, job, kind, data)::text
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[])
                as pending (tenant, video, job, kind, data)
            union all
            select pg_notify($6, payload)::text from unnest($7::text[]) as payload
            """,
            [event.tenant_id for event in events],
            [event.video_id for event in events],
            [event.job_id for event in events],
            [event.kind for event in events],
            [event.data for event in events],
            notifications.JOBS_CHANNEL,
            self._wakes,
        )
        self._events.clear()
        self._wakes.clear()
