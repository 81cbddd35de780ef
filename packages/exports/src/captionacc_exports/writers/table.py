"""Comma-separated values (.csv), for spreadsheets."""

import csv
import io
from collections.abc import Iterable

from captionacc_contracts.captions import CaptionView

from captionacc_exports.visible_text import shown_text, visible_lines

_COLUMNS = (
    "id",
    "track",
    "start_seconds",
    "end_seconds",
    "start_frame",
    "end_frame",
    "state",
    "text",
    "confidence",
    "ocr_confidence",
)
_FORMULAS = ("=", "+", "-", "@")


def to_csv(captions: Iterable[CaptionView], *, offset_seconds: float = 0.0) -> str:
    """One row per caption or gap, under a row with the names of the columns.

    A text that a spreadsheet would run as a formula begins with an apostrophe: the text comes from
    a picture that anybody can draw.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for caption in captions:
        text = visible_lines(shown_text(caption.text, caption.caption_ocr))
        writer.writerow(
            (
                caption.id,
                caption.track,
                f"{caption.start_seconds + offset_seconds:.3f}",
                f"{caption.end_seconds + offset_seconds:.3f}",
                caption.start_frame,
                caption.end_frame,
                caption.state.value,
                f"'{text}" if text.startswith(_FORMULAS) else text,
                _rounded(caption.confidence),
                _rounded(caption.caption_ocr_confidence),
            )
        )
    return out.getvalue()


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)
