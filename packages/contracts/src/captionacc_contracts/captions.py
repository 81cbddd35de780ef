"""One row of a video's captions: the only list of its columns, for Postgres, files and the API."""

import msgspec

from captionacc_contracts.frames.tracks import FIRST_TRACK
from captionacc_contracts.work.states import CaptionState, OcrStatus


class CaptionView(msgspec.Struct, frozen=True, kw_only=True):
    """A caption, or a gap between captions, as the API shows it; ``end_frame`` is inclusive."""

    id: int
    track: int = FIRST_TRACK
    start_frame: int
    end_frame: int
    state: CaptionState
    confidence: float
    text: str | None
    caption_ocr: str | None
    caption_ocr_confidence: float | None
    caption_ocr_status: OcrStatus | None
    caption_ocr_error: str | None


class StoredCaption(CaptionView, frozen=True, kw_only=True):
    """What Postgres and ``captions.db.gz`` hold: also a person's judgement of the text."""

    text_status: str | None
