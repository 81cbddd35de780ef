"""Writes the two databases of an extraction: the text boxes, and the suggested layout."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from captionacc_contracts.sqlite_files import layout as layout_file
from captionacc_contracts.sqlite_files import raw_ocr as raw_ocr_file
from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.sampling_plan import SamplingPlan
from captionacc_media.layout.suggestion import Suggestion, suggest
from captionacc_media.ocr.protocol import OcrPage
from captionacc_media.text.boxes import FrameBox

RAW_OCR_FILE = "raw-ocr.db.gz"
LAYOUT_FILE = "layout.db.gz"


class FramePage(msgspec.Struct, frozen=True, kw_only=True):
    """What the OCR engine read in the frame at ``index``."""

    index: int
    page: OcrPage


def _share(pixels: float, size: int) -> float:
    return min(1.0, max(0.0, pixels / size))


def text_boxes(pages: Sequence[FramePage], width: int, height: int) -> list[FrameBox]:
    """The text boxes of all pages, in fractions of the picture."""
    return [
        FrameBox(
            at=each.index,
            text=box.text,
            confidence=_share(box.confidence, 1),
            left=_share(box.left, width),
            top=_share(box.top, height),
            right=_share(box.right, width),
            bottom=_share(box.bottom, height),
        )
        for each in pages
        for box in each.page.boxes
    ]


def write_databases(
    directory: Path,
    pages: Sequence[FramePage],
    plan: SamplingPlan,
    source: VideoSource,
    engine: str,
) -> Suggestion:
    """Write ``raw-ocr.db.gz`` and ``layout.db.gz`` into the directory.

    The files have the boxes of the frames that are kept. The suggestion uses the boxes of all
    frames that were read.
    """
    boxes = text_boxes(pages, source.width, source.height)
    sampled = [each.index for each in pages if each.page.error is None]
    suggestion = suggest(boxes, sampled, width=source.width, height=source.height)
    rows: list[raw_ocr_file.OcrRow] = []
    layout_boxes: list[layout_file.LayoutBox] = []
    seen: dict[int, int] = {}
    for box, label in zip(boxes, suggestion.labels, strict=True):
        if box.at not in plan.kept:
            continue
        number = seen[box.at] = seen.get(box.at, -1) + 1
        rows.append(
            raw_ocr_file.OcrRow(
                frame_index=box.at,
                box_index=number,
                text=box.text,
                confidence=box.confidence,
                x=box.left,
                y=box.top,
                width=box.width,
                height=box.height,
            )
        )
        layout_boxes.append(
            layout_file.LayoutBox(
                frame_index=box.at,
                box_index=number,
                label=None,
                predicted_label="in" if label.inside else "out",
                predicted_confidence=label.confidence,
                text=box.text,
                bbox_left=box.left,
                bbox_top=box.top,
                bbox_right=box.right,
                bbox_bottom=box.bottom,
            )
        )
    raw_ocr_file.write(directory / RAW_OCR_FILE, rows, engine=engine)
    layout_file.write(directory / LAYOUT_FILE, layout_boxes, _config(suggestion, source))
    return suggestion


def _config(suggestion: Suggestion, source: VideoSource) -> layout_file.LayoutConfig:
    found = suggestion.captions
    if found is None:
        return layout_file.LayoutConfig(frame_width=source.width, frame_height=source.height)
    return layout_file.LayoutConfig(
        frame_width=source.width,
        frame_height=source.height,
        crop_region=found.crop_region,
        anchor_type=found.anchor_type,
        anchor_position=found.anchor_position,
        vertical_center=found.vertical_center,
    )
