"""Videos: reading and inserting them, and the progress of their jobs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from captionacc_contracts.events import EventKind
from captionacc_contracts.frames.tracks import Note, NoteKind
from captionacc_contracts.work.compute import Progress
from captionacc_contracts.work.tiers import Tier
from msgspec import UNSET, UnsetType

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.errors import cancel_requested, lease_lost
from captionacc_supabase.connection.statements import Statements, decode
from captionacc_supabase.rows import DatabaseLock, Lease, NewVideo, Video


class Videos:
    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def get(self, video_id: UUID) -> Video | None:
        return await self._statements.row(
            Video, "select * from captionacc.videos where id = $1", video_id
        )

    async def with_tier(self, video_id: UUID) -> tuple[Video, Tier] | None:
        """The video and the tier of its tenant; one statement."""
        records = await self._statements.records(
            """
            select v.*, t.tier from captionacc.videos v
            join captionacc.tenants t on t.id = v.tenant_id
            where v.id = $1
            """,
            video_id,
        )
        return (decode(records[0], Video), Tier(records[0]["tier"])) if records else None

    async def get_for_tenant(self, video_id: UUID, tenant_id: UUID) -> Video | None:
        """Return the video; null when it does not exist or belongs to another tenant."""
        return await self._statements.row(
            Video,
            "select * from captionacc.videos where id = $1 and tenant_id = $2",
            video_id,
            tenant_id,
        )

    async def list_for_tenant(
        self,
        tenant_id: UUID,
        limit: int = 100,
        before: datetime | None = None,
        before_id: UUID | None = None,
    ) -> list[Video]:
        """The tenant's videos, latest upload first.

        ``before`` pages to earlier uploads. With ``before_id``, the last video of the page before,
        videos of the same moment are not skipped.
        """
        return await self._statements.rows(
            Video,
            """
            select * from captionacc.videos
            where tenant_id = $1
                and ($3::timestamptz is null or (uploaded_at, id) < ($3, $4::uuid))
            order by uploaded_at desc, id desc limit $2
            """,
            tenant_id,
            limit,
            before,
            before_id or UUID(int=0),
        )

    async def insert(self, video: NewVideo) -> None:
        """Insert a video as the web app does; make the tenant when it is new.

        Raises:
            PermanentError: ``state_conflict`` when the id is taken.
        """
        await self._statements.run(
            """
            insert into captionacc.videos
                (id, tenant_id, display_name, size_bytes, language, storage_key, sha256,
                 size_checked, unattended)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            video.id,
            video.tenant_id,
            video.display_name,
            video.size_bytes,
            video.language,
            video.storage_key,
            video.sha256,
            video.size_checked,
            video.unattended,
        )

    async def set_size(self, lease: Lease, video_id: UUID, size_bytes: int) -> None:
        """Store the size of the upload's object, as the holder of the lease found it."""
        await self._statements.run(
            """
            update captionacc.videos set size_bytes = $4, size_checked = true
            where id = $3 and (size_bytes is distinct from $4 or not size_checked) and exists (
                select from captionacc.jobs
                where id = $1 and lease_token = $2 and lease_expires_at > now()
            )
            """,
            lease.job_id,
            lease.token,
            video_id,
            size_bytes,
        )

    async def change(
        self,
        video_id: UUID,
        *,
        display_name: str | UnsetType = UNSET,
        language: str | UnsetType | None = UNSET,
        unattended: bool | UnsetType = UNSET,
    ) -> None:
        """Set the fields that are given; announce it unless they had these values.

        A video that is attended from now on waits for a person, and no longer for a limit.
        """
        video = await self._statements.row(
            Video,
            """
            update captionacc.videos set
                display_name = case when $2 then $3 else display_name end,
                language = case when $4 then $5 else language end,
                unattended = case when $6 then $7 else unattended end,
                waiting = case when $6 and not $7 and status = 'active' then null else waiting end
            where id = $1 and (
                $2 and display_name <> $3 or $4 and language is distinct from $5
                or $6 and unattended <> $7
            )
            returning *
            """,
            video_id,
            display_name is not UNSET,
            None if display_name is UNSET else display_name,
            language is not UNSET,
            None if language is UNSET else language,
            unattended is not UNSET,
            unattended is True,
        )
        if video is not None:
            self._announcements.event(
                video.tenant_id,
                EventKind.VIDEO_CHANGED,
                {
                    "display_name": video.display_name,
                    "language": video.language,
                    "unattended": video.unattended,
                },
                video_id=video.id,
            )

    async def set_progress(self, lease: Lease, video_id: UUID, progress: Progress) -> None:
        """Show how far the leased job is.

        Raises:
            TransientError: ``lease_lost``.
            PermanentError: ``cancelled`` when the job is to stop.
        """
        # Lock first: an UPDATE that had to wait would still see the old state of the job.
        await self._statements.run(
            "select from captionacc.videos where id = $1 for no key update", video_id
        )
        tenant_id = await self._statements.value(
            """
            update captionacc.videos set progress = $4
            where id = $3 and exists (
                select from captionacc.jobs j
                where j.id = $1 and j.lease_token = $2 and j.lease_expires_at > now()
                    and j.video_id = $3 and not j.cancel_requested
            )
            returning tenant_id
            """,
            lease.job_id,
            lease.token,
            video_id,
            progress,
        )
        if tenant_id is None:
            stopping = await self._statements.value(
                """
                select cancel_requested from captionacc.jobs
                where id = $1 and lease_token = $2 and lease_expires_at > now()
                """,
                lease.job_id,
                lease.token,
            )
            raise cancel_requested(lease.job_id) if stopping else lease_lost(lease.job_id)
        self._announcements.event(
            tenant_id,
            EventKind.VIDEO_PROGRESS,
            {"stage": progress.stage, "done": progress.done, "total": progress.total},
            video_id=video_id,
            job_id=lease.job_id,
        )

    async def replace_notes(self, video_id: UUID, kind: NoteKind, notes: Sequence[Note]) -> None:
        """Store these notes in the place of earlier ones of this kind."""
        await self._statements.run(
            """
            update captionacc.videos set notes = coalesce(
                (select jsonb_agg(note) from jsonb_array_elements(notes) note
                 where note ->> 'kind' <> $2), '[]'
            ) || $3::jsonb
            where id = $1
            """,
            video_id,
            kind,
            notes,
        )

    async def unlaunched(
        self,
        older_than_s: float,
        limit: int = 200,
        *,
        but_not: Collection[UUID] = (),
        of_tenants_other_than: Collection[UUID] = (),
    ) -> list[Video]:
        """Uploaded videos without a job: their webhook was lost, or they wait for a limit.

        Videos whose webhook was lost come first, oldest first. Of the videos that wait, the oldest
        of every tenant comes before the second one of any tenant, so that a tenant with many of
        them holds up nobody.
        """
        return await self._statements.rows(
            Video,
            """
            select * from (
                select v.*, case when v.waiting is not null then row_number() over (
                    partition by v.tenant_id, v.waiting is null order by v.uploaded_at, v.id
                ) else 0 end as turn
                from captionacc.videos v
                where v.status = 'uploaded' and v.uploaded_at < now() - make_interval(secs => $1)
                    and v.id <> all($3::uuid[]) and v.tenant_id <> all($4::uuid[])
                    and not exists (select from captionacc.jobs j where j.video_id = v.id)
            ) v
            order by turn, uploaded_at limit $2
            """,
            older_than_s,
            limit,
            list(but_not),
            list(of_tenants_other_than),
        )

    async def waiting_to_go_on(self, limit: int) -> list[Video]:
        """Unattended videos whose next step waits for a limit.

        The oldest upload of every tenant comes before the second one of any tenant, so that a
        tenant with many of them holds up nobody.
        """
        return await self._statements.rows(
            Video,
            """
            select * from captionacc.videos
            where status = 'active' and waiting is not null and unattended
            order by row_number() over (partition by tenant_id order by uploaded_at, id),
                uploaded_at
            limit $1
            """,
            limit,
        )

    async def locks(self, video_id: UUID) -> list[DatabaseLock]:
        """The databases of the video that running jobs hold."""
        return await self._statements.rows(
            DatabaseLock,
            "select * from captionacc.database_locks where video_id = $1 order by since",
            video_id,
        )
