"""Versions of a video's captions, and the replacement of all captions at once."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.web.caption_versions import CaptionVersionSummary, CarryOverPreview
from captionacc_contracts.work.states import CaptionState, ReplacementReason

from captionacc_supabase.caption_versions.carry_over import by_person
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Video

_COLUMNS = ", ".join(StoredCaption.__struct_fields__)
_COLUMNS_OF_NEW = ", ".join(name for name in StoredCaption.__struct_fields__ if name != "id")


class CaptionVersion(CaptionVersionSummary, frozen=True, kw_only=True):
    """A version with its captions and gaps, in the order of their frames."""

    captions: list[StoredCaption]


_SUMMARY = ", ".join(CaptionVersionSummary.__struct_fields__)


class CaptionVersions:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def lock(self, video_id: UUID) -> list[StoredCaption]:
        """All captions and gaps, kept from changing until the transaction ends.

        The caller holds the lock of the video, so that nobody adds captions meanwhile.
        """
        rows = await self._statements.rows(
            StoredCaption,
            "select * from captionacc.captions where video_id = $1 order by id for update",
            video_id,
        )
        return sorted(rows, key=lambda row: (row.start_frame, row.track))

    async def removed(self, video_id: UUID) -> list[StoredCaption]:
        """Captions that people changed once and that no longer exist, as they were last."""
        return await self._statements.rows(
            StoredCaption,
            """
            select row.* from (
                select distinct on (found -> 'id') found
                from captionacc.caption_changes,
                    jsonb_array_elements(before) found
                where video_id = $1 and found ->> 'state' <> 'gap'
                order by found -> 'id', number desc
            ) as latest, jsonb_populate_record(null::captionacc.captions, latest.found) row
            where not exists (
                select from captionacc.captions c where c.video_id = $1 and c.id = row.id
            )
            """,
            video_id,
        )

    async def save(
        self,
        video: Video,
        captions: Sequence[StoredCaption],
        reason: ReplacementReason,
        *,
        made_by: str | None = None,
        job_id: UUID | None = None,
    ) -> int | None:
        """Keep the captions of the video as its next version, before they are replaced.

        Args:
            video: The video as it is before the replacement.
            captions: What :meth:`lock` returned.
            reason: Why the captions are going to be replaced.
            made_by: The person who replaces them, if a person does.
            job_id: The job that replaces them, if a job does.

        Returns:
            The number of the version; null if the video has no captions.
        """
        if not captions:
            return None
        shown = [row for row in captions if not row.is_gap]
        number = await self._statements.value(
            """
            insert into captionacc.caption_versions (
                video_id, number, tenant_id, made_by, job_id, reason, cropped_frames_version,
                frame_count, tracks, caption_count, confirmed_count, edited_count, captions
            )
            select
                $1, (
                    select coalesce(max(number), 0) + 1 from captionacc.caption_versions
                    where video_id = $1
                ),
                $2, $3, $4, $5, max(c.cropped_frames_version), $6, $7, $8, $9, $10,
                jsonb_agg(
                    to_jsonb(c) - array['video_id', 'tenant_id'] order by start_frame, track
                )
            from captionacc.captions c where c.video_id = $1
            returning number
            """,
            video.id,
            video.tenant_id,
            made_by,
            job_id,
            reason,
            max(row.end_frame for row in captions) + 1,
            video.approved_tracks,
            len(shown),
            sum(row.state is CaptionState.CONFIRMED for row in captions),
            sum(map(by_person, captions)),
        )
        return int(number)

    async def replace(
        self, video: Video, frames_version: int, rows: Sequence[StoredCaption]
    ) -> None:
        """Put these rows in the place of all captions of the video.

        Rows with a positive id keep it, so that the history of the caption goes on.
        """
        await self._statements.run("delete from captionacc.captions where video_id = $1", video.id)
        for columns, chosen in (
            (_COLUMNS, [row for row in rows if row.id > 0]),
            (_COLUMNS_OF_NEW, [row for row in rows if row.id < 0]),
        ):
            await self._statements.run(
                f"""
                insert into captionacc.captions
                    (video_id, tenant_id, cropped_frames_version, {columns})
                overriding system value
                select $1, $2, $3, {columns}
                from jsonb_populate_recordset(null::captionacc.captions, $4)
                order by start_frame, track
                """,  # noqa: S608  our own names
                video.id,
                video.tenant_id,
                frames_version,
                chosen,
            )

    async def page(
        self, video_id: UUID, before: int | None, limit: int
    ) -> list[CaptionVersionSummary]:
        """Versions with a smaller number than ``before``, the latest one first."""
        return await self._statements.rows(
            CaptionVersionSummary,
            f"""
            select {_SUMMARY} from captionacc.caption_versions
            where video_id = $1 and ($2::int is null or number < $2)
            order by number desc limit $3
            """,  # noqa: S608  our own names
            video_id,
            before,
            limit,
        )

    async def get(self, video_id: UUID, number: int) -> CaptionVersion | None:
        return await self._statements.row(
            CaptionVersion,
            "select * from captionacc.caption_versions where video_id = $1 and number = $2",
            video_id,
            number,
        )

    async def by_people(self, video_id: UUID) -> CarryOverPreview:
        """Count what people did to the captions that the video has now."""
        rows = await self._statements.rows(
            StoredCaption,
            """
            select * from captionacc.captions
            where video_id = $1 and (state = 'confirmed' or edited_at is not null)
            """,
            video_id,
        )
        return CarryOverPreview(
            edited_count=sum(not row.is_gap for row in rows),
            confirmed_count=sum(row.state is CaptionState.CONFIRMED for row in rows),
            removed_count=sum(row.is_gap for row in rows),
        )
