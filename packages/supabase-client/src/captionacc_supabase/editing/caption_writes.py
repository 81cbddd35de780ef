"""Writes a difference of captions to the table, with its history and its event."""

import msgspec
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.history import Difference
from captionacc_contracts.events import EventKind

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Video

# The trigger of the table counts the version of a row that exists.
_CHANGED = [name for name in StoredCaption.__struct_fields__ if name not in ("id", "version")]
_COLUMNS = StoredCaption.__struct_fields__
_UPDATE = f"""
    update captionacc.captions c set {", ".join(f"{name} = r.{name}" for name in _CHANGED)}
    from jsonb_populate_recordset(null::captionacc.captions, $2::jsonb) r
    where c.video_id = $1 and c.id = r.id
"""  # noqa: S608  our own names
_INSERT = f"""
    insert into captionacc.captions
        (video_id, tenant_id, cropped_frames_version, {", ".join(_COLUMNS)})
    overriding system value
    select $1, $2, $3, {", ".join(f"r.{name}" for name in _COLUMNS)}
    from jsonb_populate_recordset(null::captionacc.captions, $4::jsonb) r
"""  # noqa: S608  our own names


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What the history says of a change."""

    kind: str
    user_id: str
    undoes: int | None = None


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit made of the captions.

    ``change`` is the number in the history; null when the edit changed nothing. ``captions`` are
    the changed and new rows by time. ``ids`` has the new rows that the client gave a ref.
    """

    change: int | None
    captions: list[StoredCaption]
    removed_ids: list[int]
    ids: dict[str, int]


class CaptionWrites:
    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def store(
        self, video: Video, difference: Difference, refs: dict[str, int], edit: Edit
    ) -> Edited:
        """Write the difference, which is not empty. The caller has locked the video."""
        real = await self._real_ids(difference)
        made = [
            msgspec.structs.replace(row, id=real.get(row.id, row.id)) for row in difference.made
        ]
        await self._write(video, difference, made)
        after = sorted([*difference.changed, *made], key=lambda row: (row.start_frame, row.track))
        number = await self._statements.value(
            "select captionacc.append_caption_change($1, $2, $3, $4, $5, $6, $7, $8)",
            video.id,
            video.tenant_id,
            video.cropped_frames_version,
            edit.kind,
            edit.user_id,
            edit.undoes,
            difference.former,
            after,
        )
        edited = Edited(
            change=number,
            captions=after,
            removed_ids=difference.removed,
            ids={ref: real.get(row_id, row_id) for ref, row_id in refs.items()},
        )
        self._announce(video, edited, edit)
        return edited

    async def _real_ids(self, difference: Difference) -> dict[int, int]:
        new = [row.id for row in difference.made if row.id < 0]
        if not new:
            return {}
        found = await self._statements.values(
            """
            select nextval(pg_get_serial_sequence('captionacc.captions', 'id'))
            from generate_series(1, $1::int)
            """,
            len(new),
        )
        return dict(zip(new, found, strict=True))

    async def _write(self, video: Video, difference: Difference, made: list[StoredCaption]) -> None:
        # In this order: a new row may get the frames of a row that goes or shrinks.
        if difference.removed:
            await self._statements.run(
                "delete from captionacc.captions where video_id = $1 and id = any($2::bigint[])",
                video.id,
                difference.removed,
            )
        if difference.changed:
            await self._statements.run(_UPDATE, video.id, difference.changed)
        if made:
            await self._statements.run(
                _INSERT, video.id, video.tenant_id, video.cropped_frames_version, made
            )

    def _announce(self, video: Video, edited: Edited, edit: Edit) -> None:
        self._announcements.event(
            video.tenant_id,
            EventKind.CAPTIONS_CHANGED,
            {
                "caption_ids": [row.id for row in edited.captions],
                "versions": [row.version for row in edited.captions],
                "removed_ids": edited.removed_ids,
                "change": edited.change,
                "kind": edit.kind,
                "made_by": edit.user_id,
            },
            video_id=video.id,
        )


def unchanged(rows: list[StoredCaption]) -> Edited:
    """The result of an edit that changed nothing."""
    return Edited(change=None, captions=rows, removed_ids=[], ids={})
