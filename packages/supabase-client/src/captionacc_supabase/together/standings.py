"""What a list shows of the people at work on its videos."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from captionacc_contracts.web.together import ReviewSummary, VisitView

from captionacc_supabase.together.comments import Comments
from captionacc_supabase.together.reviews import Reviews
from captionacc_supabase.together.visits import Visits


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a video open, the last step of its review, and how many comments are open."""

    visits: list[VisitView] = []
    review: ReviewSummary | None = None
    open_comments: int = 0


NOBODY = Standing()


class Standings:
    """Available as ``session.standings``."""

    def __init__(self, visits: Visits, reviews: Reviews, comments: Comments) -> None:
        self._visits = visits
        self._reviews = reviews
        self._comments = comments

    async def of_videos(self, video_ids: Sequence[UUID]) -> dict[UUID, Standing]:
        """The standing of each of these videos."""
        visits = await self._visits.of_videos(video_ids)
        reviews = await self._reviews.of_videos(video_ids)
        comments = await self._comments.open_counts(video_ids)
        return {
            video_id: Standing(
                visits=visits.get(video_id, []),
                review=reviews.get(video_id),
                open_comments=comments.get(video_id, 0),
            )
            for video_id in video_ids
        }
