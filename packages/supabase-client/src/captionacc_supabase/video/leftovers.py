"""What processing leaves behind: versions of cropped frames, and objects of deleted videos."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.jobs.unfinished_versions import fail_versions_of


class VersionKey(msgspec.Struct, frozen=True, kw_only=True):
    """Names one version of a video's cropped frames."""

    tenant_id: UUID
    video_id: UUID
    version: int


class Leftovers:
    """Queries for the sweep of the flow worker."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def fail_unfinished_versions(self, limit: int) -> int:
        """Mark versions that an ended job did not finish as failed; return how many."""
        jobs = await self._statements.values(
            """
            select j.id from captionacc.cropped_frames_versions v
            join captionacc.jobs j on j.id = v.job_id
            where v.status = 'processing' and j.ended_at < now() - interval '5 seconds'
            limit $1
            """,
            limit,
        )
        return await fail_versions_of(self._statements, jobs) if jobs else 0

    async def versions_to_empty(
        self, after: tuple[UUID, int], *, failed_kept_s: float, archived_kept_s: float, limit: int
    ) -> list[VersionKey]:
        """Versions that failed or were replaced long ago, in the order of video and version.

        Args:
            after: The video and version to go on after.
            failed_kept_s: Seconds since its creation for which a failed version is kept.
            archived_kept_s: Seconds since its activation for which a replaced version is kept.
            limit: The most versions to return.
        """
        return await self._statements.rows(
            VersionKey,
            """
            select video_id, version, tenant_id from captionacc.cropped_frames_versions
            where (video_id, version) > ($1, $2) and (
                status = 'failed' and created_at < now() - make_interval(secs => $3)
                or status = 'archived' and activated_at < now() - make_interval(secs => $4)
            )
            order by video_id, version limit $5
            """,
            *after,
            failed_kept_s,
            archived_kept_s,
            limit,
        )

    async def tenants_from(self, first: UUID, limit: int) -> list[UUID]:
        """Ids of tenants in order, ``first`` included."""
        return await self._statements.values(
            "select id from captionacc.tenants where id >= $1 order by id limit $2", first, limit
        )

    async def existing_videos(self, tenant_id: UUID, video_ids: Collection[UUID]) -> set[UUID]:
        """Return the ids of these videos that the tenant still has."""
        found = await self._statements.values(
            "select id from captionacc.videos where tenant_id = $1 and id = any($2::uuid[])",
            tenant_id,
            list(video_ids),
        )
        return set(found)
