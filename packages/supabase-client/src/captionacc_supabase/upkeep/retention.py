"""Removes old history in small batches. Nothing that a person wrote is removed.

The history of people's changes (``caption_changes``) and what operators did (``operator_actions``)
stay for good.
"""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from captionacc_supabase.connection.statements import Statements


class JobPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the order in which jobs ended."""

    ended_at: datetime
    id: UUID


FIRST_JOB = JobPlace(ended_at=datetime(1970, 1, 1, tzinfo=UTC), id=UUID(int=0))


class Retention:
    """Available as ``session.retention``. Each call removes one batch and returns its size."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def remove_events(self, older_than_days: float, limit: int) -> int:
        """Remove the oldest events; their tenants' numbers go on."""
        return await self._removed(
            """
            delete from captionacc.events e using (
                select tenant_id, number from captionacc.events
                where created_at < now() - make_interval(secs => $1 * 86400)
                order by created_at limit $2
            ) old
            where e.tenant_id = old.tenant_id and e.number = old.number
            returning e.number
            """,
            older_than_days,
            limit,
        )

    async def remove_usage(self, older_than_days: float, limit: int) -> int:
        """Add the oldest calls to the sums of their tenants' days, and remove them."""
        return await self._removed(
            """
            with gone as (
                delete from captionacc.usage_metrics where id in (
                    select id from captionacc.usage_metrics
                    where created_at < now() - make_interval(secs => $1 * 86400)
                    order by created_at, id limit $2 for update skip locked
                )
                returning *
            ),
            added as (
                insert into captionacc.usage_days as d
                    (tenant_id, day, function, calls, ocr_units, compute_seconds, usd)
                select tenant_id, (created_at at time zone 'utc')::date, function, count(*),
                    sum(ocr_units), sum((
                        select coalesce(sum(value::float8), 0) from jsonb_each_text(seconds)
                    )), sum(estimated_usd)
                from gone group by 1, 2, 3 order by 1, 2, 3
                on conflict (tenant_id, day, function) do update set
                    calls = d.calls + excluded.calls,
                    ocr_units = d.ocr_units + excluded.ocr_units,
                    compute_seconds = d.compute_seconds + excluded.compute_seconds,
                    usd = d.usd + excluded.usd
            )
            select id from gone
            """,
            older_than_days,
            limit,
        )

    async def remove_caption_versions(
        self, older_than_days: float, kept_per_video: int, limit: int
    ) -> int:
        """Remove old versions that hold what a model found and nothing of a person.

        A version with a caption that a person changed or confirmed stays, and so do versions that a
        person's restore replaced, and the ``kept_per_video`` latest versions of each video.
        """
        return await self._removed(
            """
            delete from captionacc.caption_versions v using (
                select video_id, number from captionacc.caption_versions old
                where made_at < now() - make_interval(secs => $1 * 86400)
                    and edited_count = 0 and confirmed_count = 0 and made_by is null
                    and number <= (
                        select max(number) from captionacc.caption_versions latest
                        where latest.video_id = old.video_id
                    ) - $2::int
                order by made_at limit $3
            ) old
            where v.video_id = old.video_id and v.number = old.number
            returning v.number
            """,
            older_than_days,
            kept_per_video,
            limit,
        )

    async def remove_people(self, older_than_days: float, limit: int) -> int:
        """Remove the names of people who did nothing for long; what they did keeps their ids."""
        return await self._removed(
            """
            delete from captionacc.people where (tenant_id, user_id) in (
                select tenant_id, user_id from captionacc.people
                where noted_at < now() - make_interval(secs => $1 * 86400)
                order by noted_at limit $2 for update skip locked
            )
            returning user_id
            """,
            older_than_days,
            limit,
        )

    async def remove_jobs(
        self, after: JobPlace, older_than_days: float, limit: int
    ) -> tuple[JobPlace | None, int]:
        """Look at the next ``limit`` jobs that ended long ago, and remove those of no further use.

        The latest job of each kind stays on its video, and so does the job that made a version of
        cropped frames: people see them, and an equal request gets their result.

        Returns:
            The place of the last job that was looked at, null at the end; and how many went.
        """
        rows = await self._statements.records(
            """
            with looked as materialized (
                select id, ended_at, video_id, kind, requested_at from captionacc.jobs
                where ended_at is not null and (ended_at, id) > ($1, $2)
                    and ended_at < now() - make_interval(secs => $3 * 86400)
                order by ended_at, id limit $4
            ),
            gone as (
                delete from captionacc.jobs j using looked
                where j.id = looked.id
                    and exists (
                        select from captionacc.jobs later
                        where later.video_id = looked.video_id and later.kind = looked.kind
                            and (later.requested_at, later.id) > (looked.requested_at, looked.id)
                    )
                    and not exists (
                        select from captionacc.cropped_frames_versions v where v.job_id = looked.id
                    )
                returning j.id
            )
            select ended_at, id, (select count(*) from gone) as removed from looked
            order by ended_at desc, id desc limit 1
            """,
            after.ended_at,
            after.id,
            older_than_days,
            limit,
        )
        if not rows:
            return None, 0
        row = rows[0]
        return JobPlace(ended_at=row["ended_at"], id=row["id"]), int(row["removed"])

    async def _removed(self, sql: str, *arguments: object) -> int:
        return len(await self._statements.values(sql, *arguments))
