"""Remove faint captions that do not come and go at once."""

import numpy as np

from captionacc_extents.decoding.found import Found
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.decoding import DecodingRules
from captionacc_extents.rules.rules import Rules


def doubt(found: list[Found], scores: FrameScores, rules: Rules) -> list[Found]:
    """Remove faint captions, unless they come and go at once.

    All of them stay if they are a large share of the video: then its captions are faint.
    """
    decoding = rules.decoding
    clear = [caption for i, caption in enumerate(found) if _is_clear(found, i, scores, decoding)]
    faint = sum(item.length for item in found) - sum(item.length for item in clear)
    return found if faint > decoding.faint_share * len(scores) else clear


def _is_clear(found: list[Found], i: int, scores: FrameScores, rules: DecodingRules) -> bool:
    caption = found[i]
    presence = scores.presence[caption.start : caption.end].mean()
    if presence >= rules.least_presence:
        return True
    if caption.length < rules.brief_frames and presence < rules.brief_presence:
        return False
    return _more_gradual_step(found, i, scores, rules) >= rules.least_step


def _more_gradual_step(
    found: list[Found], i: int, scores: FrameScores, rules: DecodingRules
) -> float:
    """The step of the presence at the more gradual one of a caption's ends within the video.

    The presence says little where a caption touches another. There, for a caption of at least
    `neighbour_frames`, the logit of "different captions" counts if it is larger than the step.
    """
    caption, presence, different = found[i], scores.presence, scores.different[0]
    long = caption.length >= rules.neighbour_frames
    steps = []
    if caption.start > 0:
        step = presence[caption.start] - presence[caption.start - 1]
        touches = i > 0 and found[i - 1].end == caption.start
        if long and touches:
            step = _beside_another(step, different[caption.start], rules)
        steps.append(float(step))
    if caption.end < len(presence):
        step = presence[caption.end - 1] - presence[caption.end]
        touches = i + 1 < len(found) and found[i + 1].start == caption.end
        if long and touches:
            step = _beside_another(step, different[caption.end], rules)
        steps.append(float(step))
    return min(steps, default=0.0)


def _beside_another(step: np.float32, different: np.float32, rules: DecodingRules) -> np.float32:
    """The larger of `step` and `different`, which may be NaN.

    If the neighbour is much clearer, the faint caption is the picture in a gap, and `step` counts.
    """
    return np.fmax(step, different) if step > -rules.neighbour_fainter else step
