"""The two databases of an extraction: what was read, and the layout suggested from it."""

from collections.abc import Sequence
from pathlib import Path

from captionacc_contracts.sqlite_files import layout as layout_file
from captionacc_contracts.sqlite_files import raw_ocr as raw_ocr_file
from captionacc_layout.finding.labels import label_boxes
from captionacc_layout.finding.tracks import Found
from captionacc_media.frames.container import VideoSource
from captionacc_media.text.boxes import FrameBox

from captionacc_modal.calls.frame_text import FramePage

RAW_OCR_FILE = "raw-ocr.db.gz"
LAYOUT_FILE = "layout.db.gz"


def _share(pixels: float, size: int) -> float:
    return min(1.0, max(0.0, pixels / size))


def text_boxes(pages: Sequence[FramePage], width: int, height: int) -> list[FrameBox]:
    """The boxes of all pages in fractions of the picture."""
    return [
        FrameBox(
            at=each.index,
            text=box.text,
            confidence=_share(box.confidence, 1),
            readable=box.readable,
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
    found: Found,
    source: VideoSource,
    engine: str,
) -> None:
    """Write ``raw-ocr.db.gz`` and ``layout.db.gz`` with the boxes of the stored frames."""
    boxes = text_boxes(pages, source.width, source.height)
    rows: list[raw_ocr_file.OcrRow] = []
    layout_boxes: list[layout_file.LayoutBox] = []
    seen: dict[int, int] = {}
    for box, label in zip(boxes, label_boxes(boxes, found.tracks), strict=True):
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
                bbox_left=box.left,
                bbox_top=box.top,
                bbox_right=box.right,
                bbox_bottom=box.bottom,
                text=box.text,
                label=None,
                predicted_label="in" if label.inside else "out",
                predicted_confidence=label.confidence,
            )
        )
    raw_ocr_file.write(directory / RAW_OCR_FILE, rows, engine=engine)
    layout_file.write(directory / LAYOUT_FILE, layout_boxes, _config(found, source))


def _config(found: Found, source: VideoSource) -> layout_file.LayoutConfig:
    return layout_file.LayoutConfig(
        frame_width=source.width, frame_height=source.height, tracks=found.tracks
    )
