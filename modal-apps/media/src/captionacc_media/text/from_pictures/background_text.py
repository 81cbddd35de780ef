"""Finds text of the background: text that still stands when the caption is gone. Pure."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.letter_ink import Grey, cut_out, grey
from captionacc_media.text.usual_lines import UsualLines

_SAME_STROKES = 0.8
"""Lowest correlation (-1 to 1) of the strokes of one text in two pictures. Set by hand: a caption
and the bare background correlate below 0.5, and a sign behind the caption above 0.9."""
_SAME_CONTRAST = 0.7
"""Lowest ratio of the strokes' contrasts. A caption that fades out has the right strokes, but it
has lost contrast."""


def without_background_text(
    boxes: Sequence[TextBox],
    picture: npt.NDArray[np.uint8],
    gaps: Sequence[Grey],
) -> list[TextBox]:
    """Leave out the boxes whose text also stands in a gap next to the caption.

    A text stays when it reads on from the caption, as one of its words or as its next line: a
    caption may grow by lines, and a gap may hold a caption that was not found. A picture never
    loses its last text.

    Args:
        boxes: the boxes of the picture, in pixels.
        picture: the median picture of the caption, H x W x 3.
        gaps: grey pictures, H x W, of the same place before and after the caption.
    """
    measured = [box for box in boxes if box.width > 0 and box.height > 0]
    if len(measured) < 2 or not gaps:
        return list(boxes)
    here = grey(picture)
    standing = [box for box in measured if any(_stands(box, here, gap) for gap in gaps)]
    caption = [box for box in measured if box not in standing]
    if not standing or not any(box.text.strip() for box in caption):
        return list(boxes)
    usual = UsualLines(caption)
    background = [
        box
        for box in standing
        if usual.other_size(box) or not any(usual.attached(box, each) for each in caption)
    ]
    return [box for box in boxes if box not in background]


def _stands(box: TextBox, picture: Grey, gap: Grey) -> bool:
    """Whether the strokes in ``box`` are the same in both grey pictures."""
    here, there = _strokes(cut_out(box, picture)), _strokes(cut_out(box, gap))
    strength, other = float(np.linalg.norm(here)), float(np.linalg.norm(there))
    if strength == 0 or other < _SAME_CONTRAST * strength:
        return False
    return float((here * there).sum()) >= _SAME_STROKES * strength * other


def _strokes(area: Grey) -> npt.NDArray[np.float32]:
    """What stands out from its surroundings: strokes are narrower than a third of a line."""
    levels = area.astype(np.float32)
    blurred = cv2.GaussianBlur(levels, (0, 0), max(1.0, min(area.shape) / 3))
    return np.asarray(levels - blurred, np.float32)
