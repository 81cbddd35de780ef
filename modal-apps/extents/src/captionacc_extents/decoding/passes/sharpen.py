"""Move the boundaries of fades to the frame at which the picture has gone half of its way."""

from dataclasses import replace

import numpy as np

from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.blending import FAR
from captionacc_extents.reading.scores import BLEND_REACH, FrameScores
from captionacc_extents.rules.decoding import DecodingRules
from captionacc_extents.rules.rules import Rules


def sharpen(found: list[Found], scores: FrameScores, rules: Rules) -> list[Found]:
    """Move each boundary that has no other boundary near it.

    A boundary beside a gap moves inwards only: the network sees a faint text before the half.
    """
    decoding = rules.decoding
    moved = list(found)
    for i, caption in enumerate(moved):
        before = moved[i - 1] if i else None
        touches = before is not None and before.end == caption.start
        if touches and scores.different[0, caption.start] > decoding.abrupt:
            # A change between two frames is where the pair head sees it.
            continue
        earlier = 0 if before is None else before.start if touches else before.end
        start = _halfway(scores, decoding, caption.start, earlier, caption.end, decoding.half_begun)
        if touches and before is not None:
            moved[i - 1] = replace(before, end=start)
        moved[i] = replace(caption, start=start if touches else max(start, caption.start))
    for i, caption in enumerate(moved):
        later = moved[i + 1].start if i + 1 < len(moved) else len(scores)
        if later > caption.end:
            end = _halfway(scores, decoding, caption.end, caption.start, later, decoding.half_gone)
            moved[i] = replace(caption, end=min(end, caption.end))
    return moved


def _halfway(
    scores: FrameScores, rules: DecodingRules, at: int, earlier: int, later: int, share: float
) -> int:
    """The first frame near `at` that has gone `share` of the way; `at` where no fade is measured.

    The pictures before and after the fade must lie between the boundaries `earlier` and `later`.
    The row of the frame that is found is looked at once more, since it is centred better.
    """
    first = at
    for _ in range(2):
        if not (at - earlier >= FAR and later - at > FAR) or at >= len(scores):
            break
        row = scores.blend[at].astype(np.float32)
        if not (
            np.isfinite(row).all() and row[0] < rules.way_leaving and row[-1] > rules.way_arrived
        ):
            break
        steps = np.diff(row)
        if steps.min() < -rules.way_step_back or steps[BLEND_REACH - 1] > rules.way_firm:
            break
        place = int(np.argmax(row >= share))
        moved = at - BLEND_REACH + place
        sudden = steps[place - 1] > rules.way_sudden
        reach = rules.sharpen_reach_if_sudden if sudden else rules.sharpen_reach
        if moved == at or abs(moved - first) > reach:
            break
        at = moved
    return at
