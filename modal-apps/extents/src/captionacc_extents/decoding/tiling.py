"""Between paths, captions and extents."""

import numpy as np
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from numpy.typing import NDArray

from captionacc_extents.decoding.confidence import probability
from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.viterbi import Path, Posterior
from captionacc_extents.rules.decoding import DecodingRules


def captions_of(path: Path, beliefs: Posterior) -> list[Found]:
    """The captions of a path.

    The probability of an end is that of any end within one frame of it, because a caption counts
    as right within one frame.
    """
    count = len(path.caption)
    starts = np.flatnonzero(path.start)
    found = []
    for i, start in enumerate(starts):
        limit = starts[i + 1] if i + 1 < len(starts) else count
        blank = np.flatnonzero(~path.caption[start:limit])
        end = start + blank[0] if len(blank) else limit
        found.append(
            Found(
                start=int(start),
                end=int(end),
                start_probability=_around(beliefs.start, int(start)),
                end_probability=_around(beliefs.end, int(end)),
            )
        )
    return found


def tile(
    found: list[Found], beliefs: Posterior, count: int, rules: DecodingRules
) -> list[CaptionExtent]:
    """Put gaps between the captions so that the extents cover `[0, count)`."""
    extents: list[CaptionExtent] = []
    at = 0
    for caption in found:
        if caption.start > at:
            extents.append(_gap(at, caption.start, beliefs))
        belief = caption.start_probability * caption.end_probability
        extents.append(
            CaptionExtent(
                start_frame=caption.start,
                end_frame=caption.end,
                kind=ExtentKind.CAPTION,
                confidence=probability(belief, rules),
            )
        )
        at = caption.end
    if at < count:
        extents.append(_gap(at, count, beliefs))
    return extents


def _gap(start: int, end: int, beliefs: Posterior) -> CaptionExtent:
    empty = float((1 - beliefs.caption[start:end]).mean())
    return CaptionExtent(
        start_frame=start,
        end_frame=end,
        kind=ExtentKind.GAP,
        confidence=min(1.0, max(0.0, empty)),
    )


def _around(chances: NDArray[np.float64], at: int) -> float:
    return float(min(1.0, chances[max(0, at - 1) : at + 2].sum()))
