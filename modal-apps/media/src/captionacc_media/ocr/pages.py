"""What callers make of the pages that an engine read: their text, without standing text."""

from collections.abc import Sequence

from captionacc_media.ocr.protocol import OcrPage
from captionacc_media.text.lines import text_of
from captionacc_media.text.standing_in_crops import without_standing_boxes


def page_text(page: OcrPage) -> tuple[str, float]:
    """The readable text of a page and its confidence.

    See :func:`captionacc_media.text.lines.text_of`.
    """
    return text_of([box for box in page.boxes if box.readable])


def without_standing_text(pages: Sequence[OcrPage]) -> list[OcrPage]:
    """Leave standing text out of the pages of different captions of one video.

    See :func:`captionacc_media.text.standing_in_crops.without_standing_boxes`.
    """
    kept = without_standing_boxes([page.boxes for page in pages])
    return [OcrPage(boxes=boxes, error=page.error) for page, boxes in zip(pages, kept, strict=True)]
