"""Bodies of the routes that upload, change and delete videos."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

VideoName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        # Without control characters, and not of blanks alone.
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        description="What people call the video, usually the name of its file.",
        examples=["holiday.mp4"],
    ),
]
GivenLanguage = Annotated[
    str,
    Meta(
        max_length=100,
        description="Language of the captions: a BCP 47 tag, an ISO 639 code or an English name.",
        examples=["zh-Hans"],
    ),
]


class NewUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person is about to upload."""

    display_name: VideoName
    size_bytes: Annotated[int, Meta(ge=1, description="Size of the file.", examples=[5_000_000])]
    language: GivenLanguage | None = None
    sha256: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9a-f]{64}$",
                description="SHA-256 of the file as hexadecimal digits. If a finished video has "
                "the same one, the answer names that video.",
            ),
        ]
        | None
    ) = None
    unattended: Annotated[
        bool,
        Meta(
            description="Whether the suggested tracks are approved and the captions read without a "
            "person. A video whose captions are not found waits for a person all the same."
        ),
    ] = False


class ChangeVideo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; a null ``language`` forgets the language."""

    display_name: VideoName | UnsetType = UNSET
    language: GivenLanguage | UnsetType | None = UNSET
    unattended: bool | UnsetType = UNSET


class UploadState(StrEnum):
    """``open`` takes parts; ``completed`` became a video; ``aborted`` is being removed."""

    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


class PartAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where to PUT a part: exactly ``size_bytes`` bytes, which begin at byte ``offset``."""

    number: int
    offset: int
    size_bytes: int
    url: str


class PartAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of parts, in the order of their numbers."""

    parts: list[PartAddress]
    addresses_expire_at: datetime


class UploadSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An upload in a list. The sweep removes an open upload after ``expires_at``."""

    id: UUID
    video_id: UUID
    state: UploadState
    display_name: str
    size_bytes: int
    language: str | None
    part_bytes: int
    part_count: int
    created_at: datetime
    expires_at: datetime
    unattended: bool = False


class UploadView(UploadSummary, frozen=True, kw_only=True):
    """An upload, with what the store has of it.

    ``next_parts`` are the first parts that the store lacks. ``same_as`` is a finished video with
    the same SHA-256.
    """

    sent_parts: list[int]
    sent_bytes: int
    next_parts: list[PartAddress]
    addresses_expire_at: datetime
    same_as: UUID | None


class UploadList(msgspec.Struct, frozen=True, kw_only=True):
    """Open uploads, latest first."""

    uploads: list[UploadSummary]


class VideoDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """The rows are gone; ``video.objects_deleted`` says when the objects are."""

    video_id: UUID
    cancelled_job_ids: list[UUID]
