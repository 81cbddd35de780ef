"""Pages of a video's captions as JSON, which Postgres makes.

Twenty thousand rows take the service's event loop half a second when it decodes and encodes them,
and Postgres a third of that, outside the loop.
"""

from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.tracks import FIRST_TRACK, MOST_TRACKS
from msgspec import Meta

from captionacc_supabase.connection.statements import Statements

LARGEST_FRAME = 2**31 - 1
"""The largest value of the columns of frames."""


class CaptionPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page begins, in the order of frames and tracks."""

    start_frame: Annotated[int, Meta(ge=0, le=LARGEST_FRAME)]
    track: Annotated[int, Meta(ge=FIRST_TRACK, le=MOST_TRACKS)]


class CaptionSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Which captions a page has; a null field selects all. Both frames are inclusive."""

    from_frame: int = 0
    to_frame: int = LARGEST_FRAME
    track: int | None = None
    caption_ids: list[int] | None = None
    begin: CaptionPlace | None = None
    limit: int | None = None


class EncodedCaptions(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON list of ``CaptionView``, and the digest of its rows."""

    digest: str
    json: bytes


_SELECTED = """
    from captionacc.captions
    where video_id = $1
        and end_frame >= $2 and start_frame <= $3
        and ($4::int is null or track = $4)
        and ($5::int is null or (start_frame, track) >= ($5, $6::int))
        and ($7::bigint[] is null or id = any($7))
    order by start_frame, track
"""
# A row gets a new xmin with each change, whoever makes it.
_DIGEST = "count(*) || ':' || coalesce(sum(hashint8extended(id, row_xmin)), 0)"
_COLUMNS = ", ".join(CaptionView.__struct_fields__)
# As StoredCaption.starts_at and ends_at have it; the API shows microseconds.
_TIMES = {
    "start_seconds": "coalesce(start_seconds, $9::float8 + start_frame / $10::float8)",
    "end_seconds": "coalesce(end_seconds, $9::float8 + (end_frame + 1) / $10::float8)",
}
_SHOWN = ", ".join(
    f"round(({_TIMES[name]})::numeric, 6)::float8 as {name}" if name in _TIMES else name
    for name in CaptionView.__struct_fields__
)


class CaptionPages:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def digest(self, video_id: UUID, selection: CaptionSelection) -> str:
        """Return a text that changes whenever a row of the page changes."""
        digest: str = await self._statements.value(
            f"""
            select {_DIGEST}
            from (select id, xmin::text::bigint as row_xmin {_SELECTED} limit $8) page
            """,  # noqa: S608  the parts are fixed texts of this module
            *_values(video_id, selection),
        )
        return digest

    async def encoded(
        self, video_id: UUID, selection: CaptionSelection, first_picture_s: float
    ) -> EncodedCaptions:
        """Return the page as JSON, with its digest at the same moment.

        ``first_picture_s`` is the time of frame 0 on the clock of the file.
        """
        [record] = await self._statements.records(
            f"""
            with page as materialized (
                select {_COLUMNS}, xmin::text::bigint as row_xmin {_SELECTED} limit $8
            )
            select (select {_DIGEST} from page) as digest, convert_to(coalesce((
                select json_agg(shown) from (select {_SHOWN} from page) shown
            ), '[]')::text, 'UTF8') as json
            """,  # noqa: S608  the parts are fixed texts of this module
            *_values(video_id, selection),
            first_picture_s,
            float(INDICES_PER_SECOND),
        )
        return EncodedCaptions(digest=record["digest"], json=record["json"])

    async def next_place(self, video_id: UUID, selection: CaptionSelection) -> CaptionPlace | None:
        """Return where the next page begins; null when this page is the last."""
        if selection.limit is None:
            return None
        return await self._statements.row(
            CaptionPlace,
            f"select start_frame, track {_SELECTED} offset $8 limit 1",
            *_values(video_id, selection),
        )


def _values(video_id: UUID, selection: CaptionSelection) -> tuple[object, ...]:
    begin = selection.begin
    return (
        video_id,
        selection.from_frame,
        selection.to_frame,
        selection.track,
        None if begin is None else begin.start_frame,
        None if begin is None else begin.track,
        selection.caption_ids,
        selection.limit,
    )
