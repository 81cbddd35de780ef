"""Bodies of the routes that correct captions and show their history."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from captionacc_contracts.captions import CaptionView
from captionacc_contracts.editing.history import EditKind
from captionacc_contracts.editing.operations import MOST_OPERATIONS, Operation
from captionacc_contracts.errors import Problem


class CaptionEdits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operations that apply in this order, all or none.

    An operation may name a caption that an earlier one made, by its ``ref``. The versions are those
    before the list.
    """

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=MOST_OPERATIONS)]


class EditedCaptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit made of the captions.

    ``change`` is the number of the edit in the history; null when it changed nothing. ``captions``
    are all rows that the edit changed or made, neighbours and gaps included, by time. ``refs`` has
    the ids of the captions that the request gave a ``ref``.
    """

    change: int | None
    captions: list[CaptionView]
    removed_ids: list[int]
    refs: dict[str, int]


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a person made to the captions of a video.

    ``kind`` says what the person did; ``edits`` is a list of operations. ``made_by`` is the id of
    the user. ``undoes`` is the change that this change took back, and ``undone_by`` the change that
    took this one back. ``before`` has the rows that the change removed or changed, as they were;
    ``after`` has those that it made or changed, as they became. In a list, long changes show some
    of their rows; ``caption_count`` counts them all.
    """

    number: int
    kind: EditKind
    made_by: str | None
    made_at: datetime
    undoes: int | None
    undone_by: int | None
    caption_count: int
    before: list[CaptionView]
    after: list[CaptionView]


class CaptionHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Changes, newest first; for the next page, send ``next_before`` as ``before``."""

    changes: list[ChangeView]
    next_before: int | None


class CaptionChangedProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """The problem of status 412; ``captions`` is the present state of the captions that changed."""

    captions: list[CaptionView]
