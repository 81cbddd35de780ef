"""Versions of a video's cropped frames."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.frames.tracks import CropTrack

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.jobs.repository import Jobs
from captionacc_supabase.rows import CroppedFramesVersion, Lease


class Versions:
    def __init__(self, statements: Statements, jobs: Jobs) -> None:
        self._statements = statements
        self._jobs = jobs

    async def allocate(self, lease: Lease, tracks: Sequence[CropTrack]) -> int:
        """Return the version that the leased job writes: one per job, the same on every call.

        Raises:
            TransientError: ``lease_lost``.
            PermanentError: ``cancelled`` when the job is to stop.
        """
        # Holding the job locks its video, so two jobs cannot get the same number.
        job = await self._jobs.hold(lease)
        version = await self._statements.value(
            """
            insert into captionacc.cropped_frames_versions
                (video_id, version, tenant_id, job_id, crop_region, tracks)
            select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5
            from captionacc.cropped_frames_versions where video_id = $1
            on conflict (job_id) do update set job_id = excluded.job_id
            returning version
            """,
            job.video_id,
            job.tenant_id,
            job.id,
            tracks[0].crop_region,
            tracks,
        )
        return int(version)

    async def for_video(self, video_id: UUID) -> list[CroppedFramesVersion]:
        """All versions of the video, in order."""
        return await self._statements.rows(
            CroppedFramesVersion,
            """
            select * from captionacc.cropped_frames_versions where video_id = $1 order by version
            """,
            video_id,
        )
