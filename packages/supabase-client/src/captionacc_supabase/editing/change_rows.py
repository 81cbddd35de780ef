"""Reads the history of the edits of a video."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from captionacc_contracts.editing.history import CaptionChange, LaterChange

from captionacc_supabase.connection.statements import Statements

ROWS_SHOWN = 50
"""Rows of a change that a page of the history shows, of each kind. Set by hand: people read a few;
a page of long lists would have 100 MB."""


class ListedChange(CaptionChange, frozen=True, kw_only=True):
    """A change in a page of the history, with some of its rows.

    ``caption_count`` counts all captions that the change touched. ``undone_by`` is the change that
    took this one back, unless that was taken back too.
    """

    caption_count: int
    undone_by: int | None = None


class ChangeRows:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def page(
        self, video_id: UUID, *, limit: int, before: int | None, caption_id: int | None
    ) -> list[ListedChange]:
        """Changes with a number below ``before``, newest first.

        With ``caption_id``, only the changes and the rows of this caption. Else each change has at
        most ``ROWS_SHOWN`` of its rows.
        """
        changes = await self._statements.rows(
            ListedChange,
            """
            select
                number, kind, made_by, made_at, undoes, cropped_frames_version,
                cardinality(caption_ids) as caption_count,
                jsonb_path_query_array(c.before, path, vars) as before,
                jsonb_path_query_array(c.after, path, vars) as after
            from captionacc.caption_changes c,
                lateral (values (
                    case when $4::bigint is null then '$[0 to $last]' else '$[*] ? (@.id == $id)'
                    end::jsonpath,
                    jsonb_build_object('last', $5::int - 1, 'id', $4::bigint)
                )) as shown (path, vars)
            where video_id = $1 and ($3::bigint is null or number < $3)
                and ($4::bigint is null or caption_ids @> array[$4::bigint])
            order by number desc limit $2
            """,
            video_id,
            limit,
            before,
            caption_id,
            ROWS_SHOWN,
        )
        undone = await self._undone(video_id)
        return [
            msgspec.structs.replace(change, undone_by=undone.get(change.number))
            for change in changes
        ]

    async def get(self, video_id: UUID, number: int) -> ListedChange | None:
        """A change with all its rows."""
        change = await self._statements.row(
            ListedChange,
            """
            select *, cardinality(caption_ids) as caption_count from captionacc.caption_changes
            where video_id = $1 and number = $2
            """,
            video_id,
            number,
        )
        if change is None:
            return None
        undone = await self._undone(video_id)
        return msgspec.structs.replace(change, undone_by=undone.get(number))

    async def after(self, video_id: UUID, number: int) -> list[LaterChange]:
        """What the undo of a change must know of the changes after it."""
        return await self._statements.rows(
            LaterChange,
            """
            select number, undoes, (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'track', row -> 'track', 'start_frame', row -> 'start_frame',
                    'end_frame', row -> 'end_frame'
                )), '[]')
                from jsonb_array_elements(before || after) as row
            ) as frames
            from captionacc.caption_changes where video_id = $1 and number > $2
            """,
            video_id,
            number,
        )

    async def last_versions(self, video_id: UUID, caption_ids: Iterable[int]) -> dict[int, int]:
        """The last version that each of these captions had, of those that the history names."""
        records = await self._statements.records(
            """
            select (row ->> 'id')::bigint as id, max((row ->> 'version')::bigint) as version
            from captionacc.caption_changes, jsonb_array_elements(before || after) as row
            where video_id = $1 and caption_ids && $2::bigint[]
                and (row ->> 'id')::bigint = any($2::bigint[])
            group by 1
            """,
            video_id,
            list(caption_ids),
        )
        return {record["id"]: record["version"] for record in records}

    async def _undone(self, video_id: UUID) -> dict[int, int]:
        """The change that took back each undone change."""
        records = await self._statements.records(
            """
            select number, undoes from captionacc.caption_changes
            where video_id = $1 and undoes is not null order by number desc
            """,
            video_id,
        )
        undone: dict[int, int] = {}
        for record in records:
            if record["number"] not in undone:
                undone.setdefault(record["undoes"], record["number"])
        return undone
