"""Remove faint frames from ends that touch no other caption."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules


def trim(found: list[Found], scores: FrameScores, rules: Rules) -> list[Found]:
    """Move ends beside a gap inwards while the text is fainter than a share of its median."""
    leaves, reach = rules.decoding.trim_leaves, rules.decoding.trim_reach
    trimmed = []
    for i, caption in enumerate(found):
        share = scores.text[caption.start : caption.end].astype(np.float32) / 255
        own = share.mean(0) > rules.reading.text_cell
        start, end = caption.start, caption.end
        if own.any():
            mass = share[:, own].sum(1)
            faint = mass < rules.decoding.trim_share * np.median(mass)
            if i == 0 or found[i - 1].end < start:
                room = max(0, end - start - leaves)
                start += min(_leading(faint), reach, room)
            if i + 1 == len(found) or found[i + 1].start > end:
                room = max(0, end - start - leaves)
                end -= min(_leading(faint[::-1]), reach, room)
        trimmed.append(replace(caption, start=start, end=end))
    return trimmed


def _leading(faint: NDArray[np.bool_]) -> int:
    """How many frames are faint before the first frame that is not; 0 if all are faint."""
    firm = np.flatnonzero(~faint)
    return int(firm[0]) if len(firm) else 0
