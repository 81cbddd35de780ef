"""Locks and reads the captions that an edit may change."""

from collections.abc import Collection
from uuid import UUID

from captionacc_contracts.captions import StoredCaption

from captionacc_supabase.connection.statements import Statements


class NamedRows:
    """Reads no more than an edit needs: a video of ten hours may have 40,000 rows."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def around(
        self,
        video_id: UUID,
        named: Collection[int],
        tracks: Collection[int],
        frames: Collection[int],
        *,
        beside: int,
    ) -> list[StoredCaption]:
        """Lock and read a run of rows of each track: of ``tracks`` and those of ``named`` captions.

        A run reaches from the first of the named captions and frames to the last of them, and
        ``beside`` rows further to both sides.
        """
        bounds = await self._statements.records(
            """
            with named as (
                select track, start_frame, end_frame from captionacc.captions
                where video_id = $1 and id = any($2::bigint[])
                union all
                select track, $4, $5 from unnest($3::int[]) as track
            ),
            hull as (
                select
                    track,
                    least(min(start_frame), $4::int) as first_frame,
                    greatest(max(end_frame), $5::int) as last_frame
                from named group by track
            )
            select
                track,
                (select min(start_frame) from (
                    select start_frame from captionacc.captions c
                    where video_id = $1 and c.track = hull.track and start_frame <= first_frame
                    order by start_frame desc limit $6::int + 1
                ) before) as first_frame,
                (select max(end_frame) from (
                    select end_frame from captionacc.captions c
                    where video_id = $1 and c.track = hull.track and end_frame >= last_frame
                    order by end_frame limit $6::int + 1
                ) after) as last_frame
            from hull
            """,
            video_id,
            list(named),
            list(tracks),
            min(frames, default=None),
            max(frames, default=None),
            beside,
        )
        return await self._statements.rows(
            StoredCaption,
            """
            select c.* from captionacc.captions c
            join unnest($2::int[], $3::int[], $4::int[]) as run (track, first_frame, last_frame)
                on c.track = run.track and c.start_frame >= run.first_frame
                    -- Null: the frames reach beyond the video.
                    and c.end_frame <= coalesce(run.last_frame, c.end_frame)
            where c.video_id = $1
            order by c.id for update of c
            """,
            video_id,
            [row["track"] for row in bounds],
            [row["first_frame"] for row in bounds],
            [row["last_frame"] for row in bounds],
        )
