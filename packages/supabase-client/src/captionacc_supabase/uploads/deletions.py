"""Deletes videos, and remembers them until their objects are gone."""

from datetime import datetime
from uuid import UUID

import msgspec
from captionacc_contracts.events import EventKind

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements


class DeletedVideo(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``deleted_videos``; null ``objects_deleted_at`` means that objects are left."""

    video_id: UUID
    tenant_id: UUID
    storage_key: str | None
    deleted_at: datetime
    objects_deleted_at: datetime | None


class Deletions:
    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def delete(self, video_id: UUID, tenant_id: UUID) -> bool:
        """Delete the video with all its rows; whether there was one.

        The workers that run its jobs are told to stop.
        """
        name = await self._statements.value(
            """
            select display_name from captionacc.videos where id = $1 and tenant_id = $2 for update
            """,
            video_id,
            tenant_id,
        )
        if name is None:
            return False
        running = await self._statements.values(
            "select id from captionacc.jobs where video_id = $1 and state = 'running'", video_id
        )
        await self._statements.run("delete from captionacc.uploads where video_id = $1", video_id)
        await self._statements.run(
            """
            with gone as (
                delete from captionacc.videos where id = $1 returning id, tenant_id, storage_key
            )
            insert into captionacc.deleted_videos (video_id, tenant_id, storage_key)
            select id, tenant_id, storage_key from gone
            """,
            video_id,
        )
        for job_id in running:
            self._announcements.cancel(job_id)
        self._announcements.event(
            tenant_id, EventKind.VIDEO_DELETED, {"display_name": name}, video_id=video_id
        )
        return True

    async def to_empty(self, limit: int, *, look_again_s: float) -> list[DeletedVideo]:
        """Deleted videos whose objects are to be removed, or looked for once more, oldest first."""
        return await self._statements.rows(
            DeletedVideo,
            """
            select d.* from captionacc.deleted_videos d
            where (
                objects_deleted_at is null
                or objects_deleted_at < now() - make_interval(secs => $2)
            )
            -- The web app chooses ids, and may use one again.
            and not exists (select from captionacc.videos v where v.id = d.video_id)
            order by deleted_at limit $1
            """,
            limit,
            look_again_s,
        )

    async def keys_in_use(self, deleted: DeletedVideo, prefix: str) -> set[str]:
        """Keys of uploads of other videos of the tenant: those under ``prefix``, and the deleted
        video's own key when another video has it too.
        """
        return set(
            await self._statements.values(
                """
                select storage_key from captionacc.videos
                where tenant_id = $1 and (starts_with(storage_key, $2) or storage_key = $3)
                union
                select $3 from captionacc.videos
                where tenant_id = $1
                    and starts_with($3, concat(tenant_id, '/client/videos/', id, '/'))
                """,
                deleted.tenant_id,
                prefix,
                deleted.storage_key,
            )
        )

    async def emptied(self, deleted: DeletedVideo) -> None:
        """Say that the objects are gone; forget the video when that was said before."""
        if deleted.objects_deleted_at is not None:
            await self._statements.run(
                "delete from captionacc.deleted_videos where video_id = $1", deleted.video_id
            )
            return
        first = await self._statements.value(
            """
            update captionacc.deleted_videos set objects_deleted_at = now()
            where video_id = $1 and objects_deleted_at is null returning true
            """,
            deleted.video_id,
        )
        if first:
            self._announcements.event(
                deleted.tenant_id,
                EventKind.VIDEO_OBJECTS_DELETED,
                {},
                video_id=deleted.video_id,
            )
