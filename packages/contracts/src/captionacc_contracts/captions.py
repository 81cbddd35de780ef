"""One row of a video's captions: the only list of its columns, for Postgres, files and the API."""

from datetime import datetime

import msgspec

from captionacc_contracts.frames.frame_index import seconds
from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.work.states import CaptionState, OcrStatus, TextStatus


class _Caption(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that files and the API show alike; ``end_frame`` is inclusive.

    ``version`` grows with every change of the row. ``edited_at`` is null when no person touched the
    row.
    """

    id: int
    version: int = 1
    track: int = FIRST_TRACK
    start_frame: int
    end_frame: int
    state: CaptionState
    confidence: float
    text: str | None
    text_status: TextStatus | None = None
    text_notes: str | None = None
    caption_ocr: str | None
    caption_ocr_confidence: float | None
    caption_ocr_status: OcrStatus | None
    caption_ocr_error: str | None
    edited_at: datetime | None = None


class CaptionView(_Caption, frozen=True, kw_only=True):
    """A caption, or a gap between captions, as the API shows it; ``end_frame`` is inclusive.

    ``start_seconds`` and ``end_seconds`` are on the clock of the file: the exact times that a
    person set, else those of the frames; the caption is gone at ``end_seconds``. ``version`` grows
    with every change of the row; requests that change the caption name the version that they saw.
    ``edited_at`` is null when no person touched the row.
    """

    start_seconds: float
    end_seconds: float


class StoredCaption(_Caption, frozen=True, kw_only=True):
    """What Postgres and ``captions.db.gz`` hold.

    ``start_seconds`` and ``end_seconds`` are the exact times that a person set, on the clock of the
    file; null stands for the times of the frames. ``text_edited`` says that a person typed the
    text, so OCR does not replace it. ``edited_by`` is the id of the last user who changed the row.
    """

    start_seconds: float | None = None
    end_seconds: float | None = None
    text_edited: bool = False
    edited_by: str | None = None

    @property
    def is_gap(self) -> bool:
        return self.state is CaptionState.GAP

    def starts_at(self, first_picture_s: float) -> float:
        """The exact start, else that of ``start_frame``, on the clock of the file.

        Args:
            first_picture_s: the time of frame 0 on the clock of the file.
        """
        if self.start_seconds is not None:
            return self.start_seconds
        return first_picture_s + seconds(self.start_frame)

    def ends_at(self, first_picture_s: float) -> float:
        """The exact end, else that of ``end_frame``; see :meth:`starts_at`."""
        if self.end_seconds is not None:
            return self.end_seconds
        return first_picture_s + seconds(self.end_frame + 1)
