"""The review of a video: who asked for it, accepted the captions or sent them back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.events import EventKind
from captionacc_contracts.web.together import ReviewState, ReviewSummary, ReviewView
from captionacc_contracts.work.states import CaptionStatus

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Video

MOST_STEPS = 1000
"""Steps of the review of a video. Set by hand: people take a few; it stops a script."""

# One look into the index per video, however many steps its review has.
_SUMMARY = """
    select r.*, coalesce(c.last_number, 0) > r.last_change
        or v.cropped_frames_version is distinct from r.cropped_frames_version as changed_since
    from captionacc.videos v
    cross join lateral (
        select * from captionacc.reviews where video_id = v.id order by number desc limit 1
    ) r
    left join captionacc.caption_change_counters c on c.video_id = v.id
    where v.id = any($1::uuid[])
"""


class _Summary(ReviewSummary, frozen=True, kw_only=True):
    video_id: UUID


class NewStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step that a person takes; ``seen_change`` is the last change that the person has seen."""

    state: ReviewState
    user_id: UUID
    comment: str | None
    seen_change: int | None


class Reviews:
    """Available as ``session.reviews``."""

    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def add(self, video: Video, step: NewStep) -> ReviewView:
        """Take a step of the review.

        Raises:
            PermanentError: ``state_conflict`` when the captions are not ready, changed after
                ``seen_change``, are in that state already, or have the most steps.
        """
        # Edits lock the video too, so the history stands still until this transaction ends.
        status = await self._statements.value(
            "select caption_status from captionacc.videos where id = $1 for no key update", video.id
        )
        if status != CaptionStatus.READY:
            raise _conflict("The captions of the video are not ready, so nobody can review them.")
        last_change = await self._statements.value(
            """
            select coalesce(max(last_number), 0) from captionacc.caption_change_counters
            where video_id = $1
            """,
            video.id,
        )
        if step.seen_change is not None and step.seen_change < last_change:
            raise _conflict(
                f"The captions changed since you loaded them: the latest change is {last_change}, "
                f"and you have seen change {step.seen_change}. Look at them again."
            )
        _require_new(step.state, (await self.of_videos([video.id])).get(video.id))
        made = await self._statements.row(
            ReviewView,
            """
            insert into captionacc.reviews (video_id, number, tenant_id, state, made_by, comment,
                last_change, cropped_frames_version)
            select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, (
                select cropped_frames_version from captionacc.videos where id = $1
            )
            from captionacc.reviews where video_id = $1
            returning *
            """,
            video.id,
            video.tenant_id,
            step.state,
            step.user_id,
            step.comment,
            last_change,
        )
        assert made is not None  # noqa: S101  the statement inserts one row or raises
        self._announcements.event(
            video.tenant_id,
            EventKind.VIDEO_REVIEWED,
            {
                "number": made.number,
                "state": made.state,
                "made_by": made.made_by,
                "comment": made.comment,
            },
            video_id=video.id,
        )
        return made

    async def of_videos(self, video_ids: Sequence[UUID]) -> Mapping[UUID, ReviewSummary]:
        """The last step of the review of each of these videos that has one."""
        found = await self._statements.rows(_Summary, _SUMMARY, list(video_ids))
        return {
            row.video_id: msgspec.convert(row, ReviewSummary, from_attributes=True) for row in found
        }

    async def page(self, video_id: UUID, *, before: int | None, limit: int) -> list[ReviewView]:
        """Steps with a number below ``before``, the latest first."""
        return await self._statements.rows(
            ReviewView,
            """
            select * from captionacc.reviews
            where video_id = $1 and ($2::bigint is null or number < $2)
            order by number desc limit $3
            """,
            video_id,
            before,
            limit,
        )


def _require_new(state: ReviewState, present: ReviewSummary | None) -> None:
    """Refuse a step that would change nothing; after a change of the captions, it is a new one."""
    if present is None:
        if state is ReviewState.REOPENED:
            raise _conflict("The video has no review, so there is nothing to reopen.")
    elif present.number >= MOST_STEPS:
        raise _conflict(
            f"The review of the video has {MOST_STEPS} steps, which is the most; add a comment "
            "instead."
        )
    elif present.state is state and not present.changed_since:
        shown = state.value.replace("_", " ")
        raise _conflict(
            f"The review of the video is {shown} already, by review step {present.number}."
        )


def _conflict(message: str) -> PermanentError:
    return PermanentError(ErrorCode.STATE_CONFLICT, message)
