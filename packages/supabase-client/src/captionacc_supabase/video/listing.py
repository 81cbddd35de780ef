"""Lists of a tenant's videos: filtered, searched, ordered and read page by page."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from captionacc_contracts.web.together import ReviewState
from captionacc_contracts.work.states import CaptionStatus, VideoStatus
from msgspec import Meta

from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Video


class VideoOrder(StrEnum):
    """The order of a list; a minus sign means descending."""

    EARLIEST = "uploaded_at"
    LATEST = "-uploaded_at"
    NAME = "display_name"
    NAME_DESCENDING = "-display_name"


class VideoFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which videos a list has; a null field selects all."""

    status: list[VideoStatus] | None = None
    caption_status: list[CaptionStatus] | None = None
    review_state: list[ReviewState] | None = None
    language: str | None = None
    name: str | None = None
    """A part of the display name, in upper or lower case."""


class VideoPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The last video of the page before; each order reads its own fields."""

    id: UUID
    uploaded_at: Annotated[datetime, Meta(tz=True)] | None = None
    display_name: str | None = None


class _Keys(msgspec.Struct, frozen=True, kw_only=True):
    order_by: str
    after: str


_FILTERED = """
    tenant_id = $1
    and ($2::text[] is null or status = any($2))
    and ($3::text[] is null or caption_status = any($3))
    and ($4::text is null or lower(language) = lower($4))
    and ($5::text is null or position(lower($5) in lower(display_name)) > 0)
    and ($6::text[] is null or (
        select state from captionacc.reviews r where r.video_id = videos.id
        order by number desc limit 1
    ) = any($6))
"""
_KEYS: Mapping[VideoOrder, _Keys] = {
    VideoOrder.EARLIEST: _Keys(order_by="uploaded_at, id", after="(uploaded_at, id) > ($7, $9)"),
    VideoOrder.LATEST: _Keys(
        order_by="uploaded_at desc, id desc", after="(uploaded_at, id) < ($7, $9)"
    ),
    VideoOrder.NAME: _Keys(
        order_by="lower(display_name), id", after="(lower(display_name), id) > (lower($8), $9)"
    ),
    VideoOrder.NAME_DESCENDING: _Keys(
        order_by="lower(display_name) desc, id desc",
        after="(lower(display_name), id) < (lower($8), $9)",
    ),
}


class VideoLists:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def count(self, tenant_id: UUID, wanted: VideoFilter) -> int:
        """Count the tenant's videos that the filter selects."""
        count: int = await self._statements.value(
            f"select count(*) from captionacc.videos where {_FILTERED}",  # noqa: S608  fixed text
            tenant_id,
            *_values(wanted),
        )
        return count

    async def page(
        self,
        tenant_id: UUID,
        wanted: VideoFilter,
        order: VideoOrder,
        after: VideoPlace | None,
        limit: int,
    ) -> list[Video]:
        """Return the first ``limit`` videos that come after a place."""
        keys = _KEYS[order]
        return await self._statements.rows(
            Video,
            f"""
            select * from captionacc.videos
            where {_FILTERED} and ($9::uuid is null or {keys.after})
                -- An order reads one of these two, but Postgres wants the types of both.
                and ($7::timestamptz is null or true) and ($8::text is null or true)
            order by {keys.order_by} limit $10
            """,  # noqa: S608  the parts are fixed texts of this module
            tenant_id,
            *_values(wanted),
            None if after is None else after.uploaded_at,
            None if after is None else after.display_name,
            None if after is None else after.id,
            limit,
        )


def _values(wanted: VideoFilter) -> tuple[object, ...]:
    return wanted.status, wanted.caption_status, wanted.language, wanted.name, wanted.review_state
