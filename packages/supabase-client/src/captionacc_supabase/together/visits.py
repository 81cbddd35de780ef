"""Who has which video open now. A visit ends by itself, unless the page renews it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from captionacc_contracts import notifications
from captionacc_contracts.web.together import Visiting, VisitView

from captionacc_supabase.connection.statements import Statements

MOST_TABS = 20
"""Tabs of one person at a time; the one that was renewed longest ago makes room. Set by hand: more
than people open, and few enough that nobody fills the lists of others."""
MOST_VISITS = 500
"""Visits that a list shows. Set by hand: a team of hundreds is still whole."""

_SHOWN = """
    select v.video_id, v.user_id, p.name, v.tab, v.view, v.caption_id, v.working, v.began_at
    from captionacc.visits v
    left join captionacc.people p on p.tenant_id = v.tenant_id and p.user_id = v.user_id
"""


class _Visit(VisitView, frozen=True, kw_only=True):
    video_id: UUID


class Visits:
    """Available as ``session.visits``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def renew(
        self,
        tenant_id: UUID,
        user_id: UUID,
        tab: UUID,
        video_id: UUID,
        visiting: Visiting,
        *,
        lasts_s: float,
    ) -> datetime:
        """Begin or renew the visit of a tab, which has one video open; return when it ends.

        The streams of the tenant are woken when others see something new.
        """
        await self._remove(
            """
            (expires_at <= now() or (user_id, tab) in (
                select user_id, tab from captionacc.visits
                where tenant_id = $1 and user_id = $2 and tab <> $3
                order by expires_at desc offset $4
            ))
            """,
            tenant_id,
            user_id,
            tab,
            MOST_TABS - 1,
        )
        expires_at: datetime = await self._statements.value(
            """
            with former as materialized (
                select video_id, view, caption_id, working, expires_at > now() as lasting
                from captionacc.visits where tenant_id = $1 and user_id = $2 and tab = $3
            ),
            renewed as (
                insert into captionacc.visits as v
                    (tenant_id, user_id, tab, video_id, view, caption_id, working, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))
                on conflict (tenant_id, user_id, tab) do update set
                    video_id = excluded.video_id, view = excluded.view,
                    caption_id = excluded.caption_id, working = excluded.working,
                    began_at = case when v.video_id = excluded.video_id then v.began_at
                        else now() end,
                    expires_at = excluded.expires_at
                returning v.*
            )
            select r.expires_at, case when
                (f.video_id, f.view, f.caption_id, f.working, f.lasting)
                is distinct from (r.video_id, r.view, r.caption_id, r.working, true)
                then pg_notify($9, $1::text) end
            from renewed r left join former f on true
            """,
            tenant_id,
            user_id,
            tab,
            video_id,
            visiting.view,
            visiting.caption_id,
            visiting.working,
            lasts_s,
            notifications.EVENTS_CHANNEL,
        )
        return expires_at

    async def end(self, tenant_id: UUID, user_id: UUID, tab: UUID, video_id: UUID) -> None:
        """End the visit of a tab at this video, if there is one."""
        await self._remove(
            "user_id = $2 and tab = $3 and video_id = $4", tenant_id, user_id, tab, video_id
        )

    async def _remove(self, which: str, tenant_id: UUID, *arguments: object) -> None:
        await self._statements.run(
            f"""
            with gone as (
                delete from captionacc.visits where (tenant_id, user_id, tab) in (
                    select tenant_id, user_id, tab from captionacc.visits
                    where tenant_id = $1 and {which}
                    -- Two requests that remove the same rows must not wait for each other.
                    for update skip locked
                )
                returning 1
            )
            select pg_notify('{notifications.EVENTS_CHANNEL}', $1::text)
            where exists (select from gone)
            """,  # noqa: S608  fixed texts of our own
            tenant_id,
            *arguments,
        )

    async def of_videos(self, video_ids: Sequence[UUID]) -> dict[UUID, list[VisitView]]:
        """The visits of these videos, the first one first."""
        return _by_video(
            await self._statements.rows(
                _Visit,
                f"""
                {_SHOWN} where v.video_id = any($1::uuid[]) and v.expires_at > now()
                order by v.began_at, v.tab limit $2
                """,
                list(video_ids),
                MOST_VISITS,
            )
        )

    async def of_tenant(self, tenant_id: UUID) -> dict[UUID, list[VisitView]]:
        """All visits of the tenant, by video."""
        return _by_video(
            await self._statements.rows(
                _Visit,
                f"""
                {_SHOWN} where v.tenant_id = $1 and v.expires_at > now()
                order by v.began_at, v.tab limit $2
                """,
                tenant_id,
                MOST_VISITS,
            )
        )

    async def counts(self, tenant_ids: Collection[UUID]) -> dict[UUID, int]:
        """How many visits each of these tenants has now; a tenant without visits is left out."""
        records = await self._statements.records(
            """
            select tenant_id, count(*) as visits from captionacc.visits
            where tenant_id = any($1::uuid[]) and expires_at > now() group by tenant_id
            """,
            list(tenant_ids),
        )
        return {record["tenant_id"]: record["visits"] for record in records}


def _by_video(found: Sequence[_Visit]) -> dict[UUID, list[VisitView]]:
    visits: dict[UUID, list[VisitView]] = defaultdict(list)
    for visit in found:
        visits[visit.video_id].append(msgspec.convert(visit, VisitView, from_attributes=True))
    return dict(visits)
