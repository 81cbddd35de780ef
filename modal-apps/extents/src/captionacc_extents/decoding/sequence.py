"""Decode the scores of a whole video into captions: Viterbi, and its posterior probabilities."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.reading.scores import DISTANCES, FrameScores

Array = NDArray[np.float64]

OLDEST = max(DISTANCES) + 1
"""From this age on every compared frame lies in the same caption."""

BLANK = 0
FRESH = np.arange(1, OLDEST + 1)
"""States of a caption of age 1, 2, ... that follows a blank, or opens the video."""
TOUCHING = FRESH + OLDEST
"""States of a caption of age 1, 2, ... that follows another caption directly."""
STATES = 1 + 2 * OLDEST

IMPOSSIBLE = -1e9


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """Weights of the evidence and costs of the transitions, tuned on the tuning split."""

    distance_weights: tuple[float, ...] = (1.0, 0.7, 0.7)
    pair_scale: float = 0.25
    pair_limit: float = 8.0
    unrest: float = 5.0
    presence_limit: float = 6.0
    appear: float = -2.0
    vanish: float = -1.0
    change: float = -2.0
    cut_threshold: float = 15.0
    cut_discount: float = 0.4
    least_presence: float = 4.5
    least_step: float = 2.5
    faint_share: float = 0.15
    place_weight: float = 20.0
    merge_below: float = 6.5
    split_above: float = 15.0
    plateau: float = 0.6
    plateau_reach: int = 3
    abrupt: float = 4.0
    half_begun: float = 0.44
    half_gone: float = 0.505
    confidence_scale: float = 0.482
    confidence_offset: float = 1.887


@dataclass(frozen=True, kw_only=True)
class Path:
    """The best path: for each frame whether it holds a caption, and whether one starts there."""

    caption: NDArray[np.bool_]
    start: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Probabilities (n + 1,) that a caption starts, or one ends, between frames k-1 and k."""

    start: Array
    end: Array
    caption: Array
    """Probabilities (n,) that a frame holds a caption."""


def emissions(scores: FrameScores, decoding: Decoding) -> Array:
    """Log scores (n, states) of every state at every frame."""
    limit = decoding.presence_limit
    presence: Array = np.clip(scores.presence.astype(np.float64), -limit, limit)
    shown = _sigmoid(presence)
    out = np.empty((len(scores), STATES))
    out[:, BLANK] = _log_sigmoid(-presence)
    out[:, 1:] = _log_sigmoid(presence)[:, None]
    cuts = np.concatenate([[0], np.cumsum(scores.cut > decoding.cut_threshold)])
    for row, distance in enumerate(DISTANCES):
        frames = np.arange(distance, len(scores))
        if not len(frames):
            continue
        logits = scores.different[row, distance:].astype(np.float64)
        compared = np.isfinite(logits)
        logits = np.where(compared, logits - decoding.unrest * _unrest(scores, distance), 0)
        logits = logits * decoding.pair_scale
        crossed = cuts[frames + 1] > cuts[frames - distance + 1]
        logits = logits - decoding.cut_discount * crossed
        logits = np.clip(logits, -decoding.pair_limit, decoding.pair_limit)
        weight = decoding.distance_weights[row] * compared
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
    """How different neighbours look on both sides of the pairs (k - distance, k), (n - distance,).

    Where a sweep or a texture moves behind the letters every pair looks a little different; a
    change of caption stands out of that.
    """
    steps: Array = np.pad(scores.different[0].astype(np.float64), (1, 2), constant_values=np.nan)
    frames = np.arange(distance, len(scores)) + 1
    # Beside a blank nothing was compared, and the other side says how restless it is.
    before = _known_mean(steps[frames - distance], steps[frames - distance - 1])
    after = _known_mean(steps[frames + 1], steps[frames + 2])
    return np.fmax(0.0, np.fmin(before, after))


def _known_mean(one: Array, other: Array) -> Array:
    """The mean of two, or the one that is known."""
    return (np.where(np.isnan(one), other, one) + np.where(np.isnan(other), one, other)) / 2


def transitions(decoding: Decoding) -> tuple[Array, Array]:
    """Log scores of the first state (states,), and of each step (from, to).

    A caption lasts at least two frames, unless it was there before the video began.
    """
    first = np.full(STATES, IMPOSSIBLE)
    first[BLANK], first[FRESH[0]], first[FRESH[1]] = 0, decoding.appear, decoding.appear
    step = np.full((STATES, STATES), IMPOSSIBLE)
    step[BLANK, BLANK] = 0
    step[BLANK, FRESH[0]] = decoding.appear
    for states in (FRESH, TOUCHING):
        for age, state in enumerate(states, 1):
            step[state, states[min(age, OLDEST - 1)]] = 0
            if age > 1:
                step[state, BLANK] = decoding.vanish
                step[state, TOUCHING[0]] = decoding.change
    return first, step


def best_path(emitted: Array, decoding: Decoding) -> Path:
    """The most probable sequence of states."""
    count = len(emitted)
    if not count:
        return Path(caption=np.empty(0, bool), start=np.empty(0, bool))
    first, step = transitions(decoding)
    score = first + emitted[0]
    came = np.empty((count, STATES), np.int8)
    for k in range(1, count):
        total = score[:, None] + step
        came[k] = total.argmax(0)
        score = total.max(0) + emitted[k]
    states = np.empty(count, np.int8)
    states[-1] = score.argmax()
    for k in range(count - 1, 0, -1):
        states[k - 1] = came[k, states[k]]
    start = np.isin(states, (FRESH[0], TOUCHING[0]))
    start[0] = states[0] != BLANK
    return Path(caption=states != BLANK, start=start)


def posterior(emitted: Array, decoding: Decoding) -> Posterior:
    """Forward-backward over the same scores."""
    count = len(emitted)
    start, end = np.zeros(count + 1), np.zeros(count + 1)
    if not count:
        return Posterior(start=start, end=end, caption=np.empty(0))
    first, step = transitions(decoding)
    move = np.exp(step)
    here = np.exp(emitted - emitted.max(1, keepdims=True))
    forward, backward = np.empty((count, STATES)), np.ones((count, STATES))
    forward[0] = _normal(np.exp(first) * here[0])
    for k in range(1, count):
        forward[k] = _normal((forward[k - 1] @ move) * here[k])
    for k in range(count - 2, -1, -1):
        backward[k] = _normal(move @ (here[k + 1] * backward[k + 1]))
    marginal = forward * backward
    marginal /= marginal.sum(1, keepdims=True)
    start[0] = end[count] = 1
    start[1:count] = marginal[1:, [FRESH[0], TOUCHING[0]]].sum(1)
    for k in range(1, count):
        flow = forward[k - 1][:, None] * move * (here[k] * backward[k])[None]
        end[k] = flow[1:, BLANK].sum() / flow.sum() + marginal[k, TOUCHING[0]]
    return Posterior(start=start, end=end, caption=1 - marginal[:, BLANK])


def _normal(values: Array) -> Array:
    result: Array = values / values.sum()
    return result


def _sigmoid(values: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-values))
    return result


def _log_sigmoid(values: Array) -> Array:
    result: Array = -np.logaddexp(0, -values)
    return result
