"""Which videos need a new snapshot, and which worker writes it.

A trigger counts the changes of a video's captions in the transaction that makes them, so no change
is forgotten, whoever makes it and whatever stops before the file is written.
"""

from uuid import UUID

import msgspec

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Caption
from captionacc_supabase.video.captions import Captions

# Edits of a person who types are gathered for this long. The trigger has the same number.
_GATHERED_S = 1.0


class SnapshotClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The right to write the snapshot of a video, until it is released or its time has passed."""

    video_id: UUID
    tenant_id: UUID
    claim_token: int


class CaptionSnapshots:
    def __init__(self, statements: Statements, captions: Captions) -> None:
        self._statements = statements
        self._captions = captions

    async def claim_due(self, limit: int, claim_s: float) -> list[SnapshotClaim]:
        """Claim videos whose snapshot is due and that nobody else is writing, oldest first."""
        return await self._statements.rows(
            SnapshotClaim,
            """
            with due as (
                select video_id from captionacc.caption_snapshots
                where written < changes and due_at <= now()
                    and (claimed_until is null or claimed_until < now())
                order by due_at limit $1 for update skip locked
            )
            update captionacc.caption_snapshots s set
                claim_token = nextval('captionacc.lease_tokens'),
                claimed_until = now() + make_interval(secs => $2)
            from due where s.video_id = due.video_id
            returning s.video_id, s.tenant_id, s.claim_token
            """,
            limit,
            claim_s,
        )

    async def claim(self, video_id: UUID, claim_s: float) -> SnapshotClaim | None:
        """Claim the video without waiting until its snapshot is due.

        Returns:
            Null when the snapshot is up to date, or somebody else is writing it.
        """
        return await self._statements.row(
            SnapshotClaim,
            """
            update captionacc.caption_snapshots set
                claim_token = nextval('captionacc.lease_tokens'),
                claimed_until = now() + make_interval(secs => $2)
            where video_id = $1 and written < changes
                and (claimed_until is null or claimed_until < now())
            returning video_id, tenant_id, claim_token
            """,
            video_id,
            claim_s,
        )

    async def content(self, claim: SnapshotClaim) -> tuple[int, list[Caption]] | None:
        """The number of changes until now, and the rows, which have these changes or more.

        Returns:
            Null when the video was deleted.
        """
        # In this order: a change between the two statements makes the file due again.
        changes = await self._statements.value(
            "select changes from captionacc.caption_snapshots where video_id = $1", claim.video_id
        )
        if changes is None:
            return None
        return int(changes), await self._captions.for_video(claim.video_id)

    async def stored(self, claim: SnapshotClaim, changes: int) -> bool:
        """Release the claim: the store holds the file with this many changes.

        A claim whose time has passed changes nothing; the file is then written again.

        Returns:
            Whether the video still exists.
        """
        await self._statements.run(
            """
            update captionacc.caption_snapshots set
                written = $3, claim_token = null, claimed_until = null,
                due_at = now() + make_interval(secs => $4)
            where video_id = $1 and claim_token = $2
            """,
            claim.video_id,
            claim.claim_token,
            changes,
            _GATHERED_S,
        )
        return bool(
            await self._statements.value(
                "select exists (select from captionacc.videos where id = $1)", claim.video_id
            )
        )

    async def not_stored(self, claim: SnapshotClaim, delay_s: float) -> None:
        """Release the claim; the file is due again after ``delay_s``."""
        await self._statements.run(
            """
            update captionacc.caption_snapshots set
                claim_token = null, claimed_until = null,
                due_at = now() + make_interval(secs => $3)
            where video_id = $1 and claim_token = $2
            """,
            claim.video_id,
            claim.claim_token,
            delay_s,
        )
