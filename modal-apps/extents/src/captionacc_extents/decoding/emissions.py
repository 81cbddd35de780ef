"""From scores to the evidence for each state of the decoder, frame by frame."""

import numpy as np

from captionacc_extents.decoding.states import BLANK, FRESH, OLDEST, STATES, TOUCHING, Array
from captionacc_extents.logistic import sigmoid
from captionacc_extents.reading.scores import DISTANCES, FrameScores
from captionacc_extents.rules.decoding import DecodingRules


def emissions(scores: FrameScores, rules: DecodingRules) -> Array:
    """Log scores (n, states) of every state at every frame.

    The presence speaks for or against a blank. Each comparison speaks for or against a change of
    caption between the two frames: a state of some age says whether there was one.
    """
    limit = rules.presence_limit
    presence: Array = np.clip(scores.presence.astype(np.float64), -limit, limit)
    shown = sigmoid(presence)
    out = np.empty((len(scores), STATES))
    out[:, BLANK] = _log_sigmoid(-presence)
    out[:, 1:] = _log_sigmoid(presence)[:, None]
    cuts = np.concatenate([[0], np.cumsum(scores.cut > rules.cut_threshold)])
    for row, distance in enumerate(DISTANCES):
        frames = np.arange(distance, len(scores))
        if not len(frames):
            continue
        logits = scores.different[row, distance:].astype(np.float64)
        compared = np.isfinite(logits)
        logits = np.where(compared, logits - rules.unrest * _unrest(scores, distance), 0)
        logits = logits * rules.pair_scale
        crossed = cuts[frames + 1] > cuts[frames - distance + 1]
        logits = logits - rules.cut_discount * crossed
        logits = np.clip(logits, -rules.pair_limit, rules.pair_limit)
        weight = rules.distance_weights[row] * compared
        same = weight * _log_sigmoid(-logits)
        different = weight * shown[frames] * shown[frames - distance] * _log_sigmoid(logits)
        for age in range(1, OLDEST + 1):
            if age > distance:
                out[frames, FRESH[age - 1]] += same
                out[frames, TOUCHING[age - 1]] += same
            else:
                out[frames, TOUCHING[age - 1]] += different
    return out


def _unrest(scores: FrameScores, distance: int) -> Array:
    """How different neighbouring frames look on both sides of each pair (k - distance, k).

    Where a sweep or a texture moves behind the letters, every pair looks a little different; a
    change of caption looks more different than the pairs around it. Returns (n - distance,).
    """
    steps: Array = np.pad(scores.different[0].astype(np.float64), (1, 2), constant_values=np.nan)
    frames = np.arange(distance, len(scores)) + 1
    # Nothing is compared beside a blank; then the other side alone says how restless it is.
    before = _known_mean(steps[frames - distance], steps[frames - distance - 1])
    after = _known_mean(steps[frames + 1], steps[frames + 2])
    return np.fmax(0.0, np.fmin(before, after))


def _known_mean(one: Array, other: Array) -> Array:
    """The mean of two numbers; where one is NaN, the other number."""
    return (np.where(np.isnan(one), other, one) + np.where(np.isnan(other), one, other)) / 2


def _log_sigmoid(values: Array) -> Array:
    result: Array = -np.logaddexp(0, -values)
    return result
