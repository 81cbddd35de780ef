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

from captionacc_supabase.connection.counted_pages import counted_page
from captionacc_supabase.connection.statements import Statements, decode
from captionacc_supabase.operating.outages import Outages

# Counting this many places takes milliseconds; nobody needs the exact number beyond it.
_MOST_COUNTED = 10_000

# The place of one job, without putting the others in order. Among the jobs of one static score and
# ageing rule, an earlier request never ranks lower. So per pair of score and rule, the jobs ahead
# are those up to a moment, which an index counts.
_OF_VIDEO = """
with recursive own as (
    select j.*, case
        when not j.ageing then j.static_score
        when j.requested_at < now() - make_interval(secs => $3::float8 * 3600) then 100
        else least(100, j.static_score + least(
            $2::float8, $1::float8 * date_part('epoch', now() - j.requested_at) / 3600
        ))
    end as score
    from captionacc.jobs j where j.video_id = $4 and j.state = 'queued'
    order by score desc, requested_at, id limit 1
),
-- As in WaitingJobs.heads: one row per pair, read from the index.
pairs as (
    (
        select static_score, ageing from captionacc.jobs where state = 'queued'
        order by static_score, ageing limit 1
    )
    union all
    select following.static_score, following.ageing
    from pairs p cross join lateral (
        select static_score, ageing from captionacc.jobs
        where state = 'queued' and (static_score, ageing) > (p.static_score, p.ageing)
        order by static_score, ageing limit 1
    ) following
),
-- Since when a job of the pair must have waited for a higher score than the own job, and for the
-- same score or a higher one.
moments as (
    select p.static_score, p.ageing, own.requested_at, own.id,
        p.static_score = own.static_score and p.ageing = own.ageing as same_pair,
        case
            when own.score >= 100 then '-infinity'
            when own.score < p.static_score then 'infinity'
            when not p.ageing then '-infinity'
            when own.score < p.static_score + $2 and $1 > 0 then now() - reached.after
            else now() - make_interval(secs => $3 * 3600)
        end as higher_until,
        case
            when own.score <= p.static_score then 'infinity'
            when not p.ageing then '-infinity'
            when own.score <= p.static_score + $2 and $1 > 0 then now() - reached.after
            else now() - make_interval(secs => $3 * 3600)
        end as same_until
    from own cross join pairs p cross join lateral (
        select make_interval(
            secs => 3600 * least((own.score - p.static_score) / nullif($1, 0), $3)
        ) as after
    ) reached
),
ends as (
    select static_score, ageing,
        case
            when same_pair then requested_at
            when higher_until > requested_at then higher_until
            else least(same_until, requested_at)
        end as until,
        case
            when same_pair then id
            when higher_until > requested_at then '00000000-0000-0000-0000-000000000000'
            when same_until < requested_at then 'ffffffff-ffff-ffff-ffff-ffffffffffff'
            else id
        end as until_id
    from moments
),
places as (
    select sum(of_all.jobs) as ahead, sum(of_tenant.jobs) as ahead_in_tenant
    from own cross join ends e cross join lateral (
        select count(*) as jobs from (
            select from captionacc.jobs j
            where j.state = 'queued' and j.static_score = e.static_score and j.ageing = e.ageing
                and (j.requested_at, j.id) < (e.until, e.until_id)
            limit $5
        ) counted
    ) of_all cross join lateral (
        select count(*) as jobs from (
            select from captionacc.jobs j
            where j.state = 'queued' and j.tenant_id = own.tenant_id
                and j.static_score = e.static_score and j.ageing = e.ageing
                and (j.requested_at, j.id) < (e.until, e.until_id)
            limit $5
        ) counted
    ) of_tenant
)
select own.id as job_id, own.video_id, v.display_name, own.tenant_id, own.kind, own.tier,
    own.priority, own.static_score, own.attempt, own.requested_at, own.not_before,
    null::jsonb as waiting,
    coalesce((
        select count(*) from captionacc.jobs r
        where r.tenant_id = own.tenant_id and r.state = 'running'
    ) >= t.max_concurrent_jobs, false) as tenant_busy,
    case when p.ahead < $5 then p.ahead + 1 end::bigint as place,
    case when p.ahead_in_tenant < $5 then p.ahead_in_tenant + 1 end::bigint as place_in_tenant
from own cross join places p join captionacc.tenants t on t.id = own.tenant_id
    join captionacc.videos v on v.id = own.video_id
union all
select null, v.id, v.display_name, v.tenant_id,
    captionacc.next_kind(v.status, v.caption_status), t.tier, null, null, 0,
    v.uploaded_at, null, v.waiting, false, null, null
from captionacc.videos v join captionacc.tenants t on t.id = v.tenant_id
where v.id = $4 and v.status in ('uploaded', 'active') and v.waiting is not null
    and not exists (select from own)
"""


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
        records, total = await counted_page(
            self._statements,
            """
            select w.*, v.display_name, count(*) over () as total
            from captionacc.waiting_work($1, $2, $3) w
                join captionacc.videos v on v.id = w.video_id
            where $4::uuid is null or w.tenant_id = $4
            order by w.place nulls last, w.requested_at, w.video_id
            """,
            *_constants(policy),
            tenant_id,
            limit=limit,
            offset=offset,
        )
        outages = await self._outages.everywhere()
        return WaitingPage(items=[_shown(record, outages) for record in records], total=total)

    async def of_video(self, policy: PriorityPolicy | None, video_id: UUID) -> WaitingView | None:
        """Why the video's next job waits; null when the video waits for nothing."""
        records = await self._statements.records(
            _OF_VIDEO, *_constants(policy), video_id, _MOST_COUNTED
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
    elif place is None:
        reason = WaitingReason.PLACE
        message = f"More than {_MOST_COUNTED:,} jobs are ahead in the queue."
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
