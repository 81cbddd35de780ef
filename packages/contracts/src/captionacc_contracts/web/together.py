"""Bodies of the routes by which people work on a video together: visits, reviews and comments."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from captionacc_contracts.editing.operations import LARGEST_ID, CaptionId
from captionacc_contracts.roles import Role

# A page of text; a comment that needs more is a document.
_LONGEST_COMMENT = 5000
CommentText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=_LONGEST_COMMENT,
        # Not of blanks alone, and without NUL, which Postgres cannot store.
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*$",
        description="What the person has to say.",
        examples=["The name is spelt Zoë."],
    ),
]
SeenChange = Annotated[int, Meta(ge=0, le=LARGEST_ID)]


class PageView(StrEnum):
    """The part of the console that a person looks at."""

    PLACE = "place"
    CAPTIONS = "captions"
    WATCH = "watch"
    EXPORT = "export"


class Visiting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person looks at in a video, and whether the person also changes something."""

    view: PageView | None = None
    caption_id: CaptionId | None = None
    working: bool = False


class VisitView(msgspec.Struct, frozen=True, kw_only=True):
    """A person who has the video open now, in the browser's tab ``tab``.

    ``name`` is null when no token of the person had one.
    """

    user_id: UUID
    name: str | None
    tab: UUID
    view: PageView | None
    caption_id: int | None
    working: bool
    began_at: datetime


class Visited(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who has the video open, the caller included.

    The visit ends at ``expires_at`` unless the page repeats its request, best after
    ``repeat_after_s``.
    """

    visits: list[VisitView]
    repeat_after_s: float
    expires_at: datetime


class AllVisits(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which video of the tenant open now, by the id of the video; others are left out."""

    visits: dict[UUID, list[VisitView]]


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """The name and the e-mail address of a user, as the user's tokens have them."""

    id: UUID
    name: str | None
    email: str | None


class Me(PersonView, frozen=True, kw_only=True):
    """The user who sent the request."""

    tenant_id: UUID
    role: Role


class PeopleList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller, and the people of the tenant who changed something, the latest first."""

    me: Me
    people: list[PersonView]


class ReviewState(StrEnum):
    """What was decided last about the captions of a video."""

    REQUESTED = "requested"
    """An annotator asks a reviewer to look."""
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"
    """The comment says what to correct."""
    REOPENED = "reopened"
    """An earlier decision no longer counts."""


class ReviewStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment, and the last change of the captions that the person has seen.

    With ``seen_change``, the step is refused when the captions changed after that.
    """

    comment: CommentText | None = None
    seen_change: SeenChange | None = None


class SendBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As ``ReviewStep``; the comment says what to correct."""

    comment: CommentText
    seen_change: SeenChange | None = None


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the review of a video.

    ``last_change`` was the latest change in the history of the captions; 0 if there was none.
    """

    number: int
    state: ReviewState
    made_by: UUID
    made_at: datetime
    comment: str | None
    last_change: int


class ReviewSummary(ReviewView, frozen=True, kw_only=True):
    """The last step of the review. ``changed_since``: the captions changed after it."""

    changed_since: bool


class ReviewList(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of the review, the latest first; for the next page, send ``next_before``."""

    reviews: list[ReviewView]
    next_before: int | None


class NewComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comment on a caption or, without ``caption_id``, on the whole video."""

    text: CommentText
    caption_id: CaptionId | None = None


class ChangeComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change."""

    text: CommentText | UnsetType = UNSET
    resolved: bool | UnsetType = UNSET


class CommentView(msgspec.Struct, frozen=True, kw_only=True):
    """A comment; the frames are those of its caption when it was made.

    ``caption_id`` may name a caption that no longer exists. ``resolved_at`` is null while somebody
    should still look.
    """

    id: int
    caption_id: int | None
    track: int | None
    start_frame: int | None
    end_frame: int | None
    text: str
    made_by: UUID
    made_at: datetime
    edited_at: datetime | None
    resolved_by: UUID | None
    resolved_at: datetime | None


class CommentList(msgspec.Struct, frozen=True, kw_only=True):
    """Comments, the latest first; for the next page, send ``next_before`` as ``before``."""

    comments: list[CommentView]
    next_before: int | None


class CommentAction(StrEnum):
    """What happened to a comment."""

    ADDED = "added"
    CHANGED = "changed"
    """Its text changed, or it was resolved or opened again."""
    REMOVED = "removed"
