"""Captions of a video; the rows of each track tile ``[0, frame_count)``, gaps included."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Caption


class Captions:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def for_video(self, video_id: UUID) -> list[Caption]:
        """All rows of the video in the order of their frames, then of their tracks."""
        return await self._statements.rows(
            Caption,
            "select * from captionacc.captions where video_id = $1 order by start_frame, track",
            video_id,
        )

    async def get(self, video_id: UUID, caption_id: int) -> Caption | None:
        return await self._statements.row(
            Caption,
            "select * from captionacc.captions where video_id = $1 and id = $2",
            video_id,
            caption_id,
        )

    async def get_many(self, video_id: UUID, caption_ids: Sequence[int]) -> list[Caption]:
        """Return the captions with these ids that the video has, in the order of their frames."""
        return await self._statements.rows(
            Caption,
            """
            select * from captionacc.captions where video_id = $1 and id = any($2::bigint[])
            order by start_frame, track
            """,
            video_id,
            list(caption_ids),
        )

    async def doubtful(self, video_id: UUID, below: float) -> list[Caption]:
        """Return the captions (not gaps) with a confidence below a limit, by time."""
        return await self._statements.rows(
            Caption,
            """
            select * from captionacc.captions
            where video_id = $1 and state <> 'gap'
                and (confidence < $2 or caption_ocr_confidence < $2)
            order by start_frame, track
            """,
            video_id,
            below,
        )

    async def counts(self, video_id: UUID) -> dict[int, int]:
        """Return how many captions (not gaps) each track has, by its number."""
        records = await self._statements.records(
            """
            select track, count(*) as captions from captionacc.captions
            where video_id = $1 and state <> 'gap' group by track
            """,
            video_id,
        )
        return {record["track"]: record["captions"] for record in records}

    async def without_text(self, video_id: UUID) -> list[int]:
        """Ids of captions (not gaps) of all tracks without text and OCR, in the order of frames."""
        return await self._statements.values(
            """
            select id from captionacc.captions
            where video_id = $1 and state <> 'gap' and text is null and caption_ocr is null
            order by start_frame, track
            """,
            video_id,
        )
