"""The waiting work of all tenants in the order of the queue, each with the reason why it waits."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from captionacc_contracts.limits import RATE_LIMITS, Waiting
from captionacc_contracts.web.operators import WaitingPage, WaitingWork
from captionacc_contracts.web.waiting import WaitingReason, WaitingView
from captionacc_contracts.work.dependencies import NAMES, Outage, needs
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.priority import PriorityPolicy

from captionacc_supabase.connection.statements import Statements, decode
from captionacc_supabase.operating.outages import Outages


class WaitingQueue:
    """Available as ``session.waiting``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._outages = Outages(statements)

    async def page(
        self, policy: PriorityPolicy | None, *, tenant_id: UUID | None, limit: int, offset: int
    ) -> WaitingPage:
        """A page of the waiting work of all tenants, or of one tenant.

        Without a policy, time in the queue gives no points.
        """
        records = await self._statements.records(
            """
            select *, count(*) over () as total from captionacc.waiting_work($1, $2, $3)
            where $4::uuid is null or tenant_id = $4
            order by place nulls last, requested_at, video_id limit $5 offset $6
            """,
            *_constants(policy),
            tenant_id,
            limit,
            offset,
        )
        total = records[0]["total"] if records else 0
        outages = await self._outages.everywhere()
        return WaitingPage(items=[_shown(record, outages) for record in records], total=total)

    async def of_video(self, policy: PriorityPolicy | None, video_id: UUID) -> WaitingView | None:
        """Why the video's next job waits; null when the video waits for nothing."""
        records = await self._statements.records(
            """
            select * from captionacc.waiting_work($1, $2, $3)
            where video_id = $4 order by place limit 1
            """,
            *_constants(policy),
            video_id,
        )
        if not records:
            return None
        return _shown(records[0], await self._outages.everywhere()).waiting


def _constants(policy: PriorityPolicy | None) -> tuple[float, float, float]:
    if policy is None:
        # No age reaches so many hours.
        return 0.0, 0.0, 1e6
    return policy.ageing_per_hour, policy.ageing_cap, policy.max_wait_hours


def _shown(record: asyncpg.Record, outages: Sequence[Outage]) -> WaitingWork:
    row = dict(record)
    needed = [outage for outage in outages if needs(JobKind(row["kind"]), outage.dependency)]
    return decode({**row, "waiting": _reason(row, needed)}, WaitingWork)


def _reason(record: Mapping[str, Any], outages: Sequence[Outage]) -> WaitingView:
    if record["waiting"] is not None:
        held = msgspec.convert(record["waiting"], Waiting)
        is_rate = held.reached.name in RATE_LIMITS
        return WaitingView(
            reason=WaitingReason.LIMIT if is_rate else WaitingReason.BUDGET,
            message=held.message,
            limit=held.reached,
        )
    place, not_before = record["place"], record["not_before"]
    outage = next(iter(outages), None)
    if outage is not None:
        reason = WaitingReason.OUTAGE
        message = f"Waits until {NAMES[outage.dependency]} answers again, then goes on by itself."
    elif not_before is not None and not_before > datetime.now(UTC):
        reason, message = WaitingReason.PAUSE, "An attempt failed; the next one starts soon."
    elif record["tenant_busy"]:
        reason = WaitingReason.TENANT_BUSY
        message = "The tenant runs as many jobs at a time as it may; this one starts after them."
    else:
        reason, message = WaitingReason.PLACE, f"The job has place {place} in the queue."
    return WaitingView(
        reason=reason,
        message=message,
        place=place,
        place_in_tenant=record["place_in_tenant"],
        not_before=not_before,
        outage=None if outage is None else outage.dependency,
        outage_since=None if outage is None else outage.since,
    )
