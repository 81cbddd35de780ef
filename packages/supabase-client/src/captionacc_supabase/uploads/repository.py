"""Uploads, from the request for one until it became a video or was removed."""

from datetime import datetime
from uuid import UUID

import msgspec

from captionacc_supabase.connection.statements import Statements


class UploadToInsert(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that the store has begun; ``store_upload_id`` is the store's id of it."""

    tenant_id: UUID
    video_id: UUID
    display_name: str
    size_bytes: int
    language: str | None
    sha256: str | None
    part_bytes: int
    storage_key: str
    store_upload_id: str
    created_by: UUID
    unattended: bool = False


class Upload(UploadToInsert, frozen=True, kw_only=True):
    """A row of ``uploads``."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    completed_at: datetime | None
    aborted_at: datetime | None


class Uploads:
    """The state of an upload changes once, from open to completed or to aborted."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def insert(self, new: UploadToInsert, *, kept_s: float) -> Upload:
        """Insert an open upload that expires in ``kept_s`` seconds; make the tenant when new."""
        await self._statements.run(
            "insert into captionacc.tenants (id) values ($1) on conflict do nothing", new.tenant_id
        )
        upload = await self._statements.row(
            Upload,
            """
            insert into captionacc.uploads (
                tenant_id, video_id, display_name, size_bytes, language, sha256, part_bytes,
                storage_key, store_upload_id, created_by, unattended, expires_at
            )
            values (
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12)
            )
            returning *
            """,
            *msgspec.structs.astuple(new),
            kept_s,
        )
        assert upload is not None  # noqa: S101  the statement returns its row or raises
        return upload

    async def get(self, upload_id: UUID, tenant_id: UUID) -> Upload | None:
        """Return the upload; null when it does not exist or belongs to another tenant."""
        return await self._statements.row(
            Upload,
            "select * from captionacc.uploads where id = $1 and tenant_id = $2",
            upload_id,
            tenant_id,
        )

    async def open_ones(self, tenant_id: UUID, limit: int) -> list[Upload]:
        """The tenant's uploads that still take parts, latest first."""
        return await self._statements.rows(
            Upload,
            """
            select * from captionacc.uploads
            where tenant_id = $1 and completed_at is null and aborted_at is null
            order by created_at desc, id desc limit $2
            """,
            tenant_id,
            limit,
        )

    async def extend(self, upload_id: UUID, *, kept_s: float) -> None:
        """Let an open upload expire ``kept_s`` seconds from now: somebody works on it."""
        await self._statements.run(
            """
            update captionacc.uploads set expires_at = now() + make_interval(secs => $2)
            where id = $1 and completed_at is null and aborted_at is null
            """,
            upload_id,
            kept_s,
        )

    async def mark_completed(self, upload_id: UUID) -> bool:
        """Complete an open upload; whether it was open. The video's row comes with it."""
        completed = await self._statements.value(
            """
            update captionacc.uploads set completed_at = now()
            where id = $1 and completed_at is null and aborted_at is null returning true
            """,
            upload_id,
        )
        return completed is not None

    async def mark_aborted(self, upload_id: UUID) -> bool:
        """Abort an upload that is not complete; whether it is aborted now."""
        aborted = await self._statements.value(
            """
            update captionacc.uploads set aborted_at = coalesce(aborted_at, now())
            where id = $1 and completed_at is null returning true
            """,
            upload_id,
        )
        return aborted is not None

    async def forget(self, upload_id: UUID) -> None:
        """Remove the row of an aborted upload, whose parts are gone."""
        await self._statements.run(
            "delete from captionacc.uploads where id = $1 and aborted_at is not null", upload_id
        )

    async def abort_expired(self, limit: int) -> list[Upload]:
        """Abort uploads that expired; return these and those whose removal was interrupted."""
        return await self._statements.rows(
            Upload,
            """
            update captionacc.uploads set aborted_at = coalesce(aborted_at, now())
            where id in (
                select id from captionacc.uploads
                where completed_at is null
                    and (expires_at < now() or aborted_at < now() - interval '1 minute')
                order by expires_at limit $1 for update skip locked
            )
            returning *
            """,
            limit,
        )

    async def forget_completed(self, limit: int) -> int:
        """Remove rows of expired uploads that became videos; return how many."""
        gone = await self._statements.values(
            """
            delete from captionacc.uploads where id in (
                select id from captionacc.uploads
                where completed_at is not null and expires_at < now() limit $1
            )
            returning id
            """,
            limit,
        )
        return len(gone)

    async def finished_video(self, tenant_id: UUID, sha256: str) -> UUID | None:
        """The tenant's latest active video with this digest."""
        found: UUID | None = await self._statements.value(
            """
            select id from captionacc.videos
            where tenant_id = $1 and sha256 = $2 and status = 'active'
            order by uploaded_at desc, id desc limit 1
            """,
            tenant_id,
            sha256,
        )
        return found
