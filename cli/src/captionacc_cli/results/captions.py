"""captions.json: the captions that a run found."""

import msgspec
from captionacc_contracts.api import CaptionList
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.subtitles import shown_text
from captionacc_contracts.work.states import CaptionState


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """``end_frame`` is inclusive; ``ocr_confidence`` is null when the text could not be read."""

    start_frame: int
    end_frame: int
    text: str
    confidence: float
    ocr_confidence: float | None


class CaptionsFile(msgspec.Struct, frozen=True, kw_only=True):
    """``frame_rate`` is the number of frame indices per second."""

    frame_rate: int | float
    frame_count: int
    crop_region: CropRegion | None
    captions: list[Caption]


def captions_file(found: CaptionList | None, frame_count: int) -> CaptionsFile:
    """The captions without the gaps; ``found`` is None when the video shows no captions."""
    if found is None:
        return CaptionsFile(
            frame_rate=INDICES_PER_SECOND, frame_count=frame_count, crop_region=None, captions=[]
        )
    rate = found.frame_rate
    return CaptionsFile(
        frame_rate=int(rate) if rate == int(rate) else rate,
        frame_count=found.frame_count,
        crop_region=found.crop_region,
        captions=[
            Caption(
                start_frame=caption.start_frame,
                end_frame=caption.end_frame,
                text=shown_text(caption.text, caption.caption_ocr),
                confidence=round(caption.confidence, 4),
                ocr_confidence=caption.caption_ocr_confidence,
            )
            for caption in found.captions
            if caption.state != CaptionState.GAP
        ],
    )
