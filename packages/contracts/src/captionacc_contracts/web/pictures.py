"""Bodies of the routes that give people pictures: presigned addresses, and the layout's boxes."""

from datetime import datetime
from enum import StrEnum

import msgspec

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import SuggestedTrack, WritingDirection
from captionacc_contracts.sqlite_files.layout import LayoutBox


class MediaAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the uploaded file can be read, whole or in ranges, until ``expires_at``."""

    url: str
    expires_at: datetime
    size_bytes: int
    content_type: str | None


class FullFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A whole picture of the video; ``seconds`` is its time on the clock of the file."""

    frame_index: int
    seconds: float
    url: str


class FullFrameList(msgspec.Struct, frozen=True, kw_only=True):
    """Full frames by time. ``next_after`` is null on the last page."""

    frames: list[FullFrame]
    expires_at: datetime
    next_after: int | None


class ChunkAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A WebM file of cropped frames. ``first_frame`` is where its window begins."""

    level: int
    first_frame: int
    frame_count: int
    size_bytes: int
    sha256: str
    url: str


class ChunkList(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest of a track's cropped frames, with addresses.

    ``frame_count``, ``width`` and ``height`` are those of the track; the ``chunks`` are those that
    were asked for. ``next_after`` is null on the last page.
    """

    cropped_frames_version: int
    track: int
    frame_rate: float
    frame_count: int
    width: int
    height: int
    crop_region: CropRegion
    direction: WritingDirection
    codec: str
    chunks: list[ChunkAddress]
    expires_at: datetime
    next_after: str | None


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The text boxes that were found in the full frames, and the suggested tracks."""

    frame_width: int
    frame_height: int
    tracks: list[SuggestedTrack]
    boxes: list[LayoutBox]


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """How likely each frame of a track has text.

    ``levels`` has a digit per frame, from 0, surely without text, to 9, surely with text.
    """

    cropped_frames_version: int
    track: int
    levels: str


class StripPlace(StrEnum):
    """Frames that show whether a caption's extent is right."""

    BEFORE_FIRST = "before_first"
    FIRST = "first"
    LAST = "last"
    AFTER_LAST = "after_last"


class StripPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A frame inside a chunk: open ``url`` and seek to ``seek_seconds``.

    ``seconds`` is the frame's time on the clock of the file. The frame is the one at ``position``
    in the chunk, counted from 0.
    """

    place: StripPlace
    frame_index: int
    seconds: float
    url: str
    position: int
    seek_seconds: float


class CaptionStrip(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures of a caption; those outside the video are left out.

    ``median_url`` is the JPEG picture that the text was read from, the median of the caption's
    frames. It is null until the text of exactly these frames has been read.
    """

    caption_id: int
    track: int
    cropped_frames_version: int
    pictures: list[StripPicture]
    median_url: str | None
    expires_at: datetime
