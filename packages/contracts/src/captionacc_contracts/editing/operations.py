"""The operations by which a person corrects captions, as requests hold them.

An operation names the captions that it changes, each with the version that the person saw. In a
list of operations, a caption that an earlier operation makes is named by the ``ref`` that the
client gave it, and has no version.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from captionacc_contracts.frames.tracks import FIRST_TRACK, MOST_TRACKS
from captionacc_contracts.work.states import TextStatus

MOST_TEXT_CHARACTERS = 20_000
"""The limit of the columns ``text`` and ``text_notes``, set by hand: a screen full of text has a
tenth of it, and a list of operations still fits into a request."""
MOST_OPERATIONS = 2_000
"""Operations in a list. Set by hand: a film has about as many captions, so find and replace over a
film is one list, and the list takes about a second."""
LARGEST_ID = 2**63 - 1
"""The largest value of the columns ``captions.id`` and ``captions.version``, which are bigint."""

CaptionText = Annotated[
    str,
    Meta(
        max_length=MOST_TEXT_CHARACTERS,
        pattern="^[^\\u0000]*$",
        description="Any characters but U+0000, which Postgres cannot store.",
    ),
]
Frame = Annotated[int, Meta(ge=0, le=2**31 - 1, description="An index of the 10 Hz grid.")]
Seconds = Annotated[float, Meta(description="A time on the clock of the file.")]
CaptionId = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Ref = Annotated[str, Meta(min_length=1, max_length=100)]
"""A client's own name for a caption that the list makes. Set by hand: a UUID has 36 characters."""
Version = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Track = Annotated[int, Meta(ge=FIRST_TRACK, le=MOST_TRACKS)]
KeptState = Literal["predicted", "confirmed"]


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A caption, by id with the version that the person saw, or by ref without a version."""

    caption: CaptionId | Ref
    version: Version | None = None


class CaptionPatch(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The fields of a caption that change; fields that are left out keep their value.

    A null ``text`` shows the text from OCR again; an empty one shows nothing. ``end_frame`` is
    inclusive. The neighbour moves with a frame. Null ``start_seconds`` and ``end_seconds`` are the
    times of the frames again. ``version`` is the version that the person saw.
    """

    version: Version | None = None
    text: CaptionText | UnsetType | None = UNSET
    text_status: TextStatus | UnsetType | None = UNSET
    text_notes: CaptionText | UnsetType | None = UNSET
    state: KeptState | UnsetType = UNSET
    start_frame: Frame | UnsetType = UNSET
    end_frame: Frame | UnsetType = UNSET
    start_seconds: Seconds | UnsetType | None = UNSET
    end_seconds: Seconds | UnsetType | None = UNSET


class CaptionSplit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``frame`` is the first frame of the second part. Without ``texts``, both parts keep the text.

    The first part keeps the id of the caption. ``version`` is the version that the person saw.
    """

    version: Version | None = None
    frame: Frame
    texts: tuple[CaptionText | None, CaptionText | None] | None = None


class CaptionMerge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``others`` is the caption after or before, or a list of captions; gaps between are included.

    Without ``text``, the different texts stand below each other, in the order of their times.
    ``version`` is the version that the person saw.
    """

    version: Version | None = None
    others: Literal["next", "previous"] | Annotated[list[Seen], Meta(min_length=1)]
    text: CaptionText | None = None


class NewCaption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A caption to add into a gap; ``end_frame`` is inclusive."""

    start_frame: Frame
    end_frame: Frame
    track: Track = FIRST_TRACK
    text: CaptionText | None = None
    text_status: TextStatus | None = None
    text_notes: CaptionText | None = None
    state: KeptState = "predicted"
    start_seconds: Seconds | None = None
    end_seconds: Seconds | None = None


class Update(CaptionPatch, frozen=True, kw_only=True, tag_field="op", tag="update"):
    """Change fields of a caption."""

    caption: CaptionId | Ref


class Split(CaptionSplit, frozen=True, kw_only=True, tag_field="op", tag="split"):
    """Split a caption in two; ``ref`` names the second part."""

    caption: CaptionId | Ref
    ref: Ref | None = None


class Merge(CaptionMerge, frozen=True, kw_only=True, tag_field="op", tag="merge"):
    """Join a caption with others; it keeps its id, and the others end."""

    caption: CaptionId | Ref


class Add(NewCaption, frozen=True, kw_only=True, tag_field="op", tag="add"):
    """Add a caption into a gap; ``ref`` names it."""

    ref: Ref | None = None


class Delete(Seen, frozen=True, kw_only=True, tag_field="op", tag="delete"):
    """Make a caption a gap."""


Operation = Update | Split | Merge | Add | Delete


def seen(operation: Operation) -> list[Seen]:
    """The captions that an operation names."""
    if isinstance(operation, Add):
        return []
    own = Seen(caption=operation.caption, version=operation.version)
    if isinstance(operation, Merge) and isinstance(operation.others, list):
        return [own, *operation.others]
    return [own]


def frames_named(operation: Operation) -> list[int]:
    """The frames that an operation moves a caption to, or adds one at."""
    if not isinstance(operation, Update | Add):
        return []
    named = (operation.start_frame, operation.end_frame)
    return [frame for frame in named if isinstance(frame, int)]
