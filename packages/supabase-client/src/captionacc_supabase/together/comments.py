"""Comments on a video and on its captions."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.events import EventKind
from captionacc_contracts.web.together import CommentAction, CommentView
from msgspec import UNSET, UnsetType

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Video

MOST_COMMENTS = 10_000
"""Comments of a video. Set by hand: several for each caption of a film; it stops a script."""


class Comments:
    """Available as ``session.comments``."""

    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def add(
        self, video: Video, caption: StoredCaption | None, text: str, user_id: UUID
    ) -> CommentView:
        """Comment on a caption, or on the whole video.

        Raises:
            PermanentError: ``state_conflict``; the video has as many comments as it may have.
        """
        made = await self._statements.row(
            CommentView,
            """
            insert into captionacc.comments
                (video_id, tenant_id, caption_id, track, start_frame, end_frame, text, made_by)
            select $1, $2, $3, $4, $5, $6, $7, $8
            where (select count(*) from captionacc.comments where video_id = $1) < $9
            returning *
            """,
            video.id,
            video.tenant_id,
            None if caption is None else caption.id,
            None if caption is None else caption.track,
            None if caption is None else caption.start_frame,
            None if caption is None else caption.end_frame,
            text,
            user_id,
            MOST_COMMENTS,
        )
        if made is None:
            message = f"The video has {MOST_COMMENTS} comments; delete some first."
            raise PermanentError(ErrorCode.STATE_CONFLICT, message)
        self._announce(video, made, CommentAction.ADDED, user_id)
        return made

    async def lock(self, video_id: UUID, comment_id: int) -> CommentView | None:
        """Return a comment, and keep others from changing it until the transaction ends."""
        return await self._statements.row(
            CommentView,
            "select * from captionacc.comments where video_id = $1 and id = $2 for update",
            video_id,
            comment_id,
        )

    async def change(
        self,
        video: Video,
        comment: CommentView,
        user_id: UUID,
        *,
        text: str | UnsetType = UNSET,
        resolved: bool | UnsetType = UNSET,
    ) -> CommentView:
        """Set the fields that are given; announce it unless they had these values."""
        changed = await self._statements.row(
            CommentView,
            """
            update captionacc.comments set
                text = coalesce($2, text),
                edited_at = case when $2 <> text then now() else edited_at end,
                resolved_at = case when $3 then coalesce(resolved_at, now())
                    when not $3 then null else resolved_at end,
                resolved_by = case when $3 then coalesce(resolved_by, $4)
                    when not $3 then null else resolved_by end
            where id = $1 and ($2 <> text or $3 <> (resolved_at is not null))
            returning *
            """,
            comment.id,
            None if text is UNSET else text,
            None if resolved is UNSET else resolved,
            user_id,
        )
        if changed is None:
            return comment
        self._announce(video, changed, CommentAction.CHANGED, user_id)
        return changed

    async def remove(self, video: Video, comment: CommentView, user_id: UUID) -> None:
        await self._statements.run("delete from captionacc.comments where id = $1", comment.id)
        self._announce(video, comment, CommentAction.REMOVED, user_id)

    async def page(
        self,
        video_id: UUID,
        *,
        caption_id: int | None,
        resolved: bool | None,
        before: int | None,
        limit: int,
    ) -> list[CommentView]:
        """Comments with an id below ``before``, the latest first; a null argument selects all."""
        return await self._statements.rows(
            CommentView,
            """
            select * from captionacc.comments
            where video_id = $1 and ($2::bigint is null or caption_id = $2)
                and ($3::boolean is null or (resolved_at is not null) = $3)
                and ($4::bigint is null or id < $4)
            order by id desc limit $5
            """,
            video_id,
            caption_id,
            resolved,
            before,
            limit,
        )

    async def open_counts(self, video_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many comments of each of these videos nobody has resolved; without zeros."""
        records = await self._statements.records(
            """
            select video_id, count(*) as comments from captionacc.comments
            where video_id = any($1::uuid[]) and resolved_at is null group by video_id
            """,
            list(video_ids),
        )
        return {record["video_id"]: record["comments"] for record in records}

    def _announce(
        self, video: Video, comment: CommentView, action: CommentAction, user_id: UUID
    ) -> None:
        self._announcements.event(
            video.tenant_id,
            EventKind.COMMENTS_CHANGED,
            {
                "comment_id": comment.id,
                "caption_id": comment.caption_id,
                "action": action,
                "made_by": user_id,
            },
            video_id=video.id,
        )
