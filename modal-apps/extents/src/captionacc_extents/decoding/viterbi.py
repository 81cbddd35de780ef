"""The best path through the states, and the probabilities of all paths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.decoding.states import BLANK, FRESH, STATES, TOUCHING, Array, transitions
from captionacc_extents.rules.decoding import DecodingRules


@dataclass(frozen=True, kw_only=True)
class Path:
    """The best path: (n,) whether a frame shows a caption, (n,) whether a caption starts there."""

    caption: NDArray[np.bool_]
    start: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Probabilities (n + 1,) that a caption starts, or that one ends, between frames k-1 and k."""

    start: Array
    end: Array
    caption: Array
    """Probabilities (n,) that a frame shows a caption."""


def best_path(emitted: Array, rules: DecodingRules) -> Path:
    """The most probable sequence of states, by the Viterbi algorithm."""
    count = len(emitted)
    if not count:
        return Path(caption=np.empty(0, bool), start=np.empty(0, bool))
    first, step = transitions(rules)
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


def posterior(emitted: Array, rules: DecodingRules) -> Posterior:
    """Probabilities of ends and captions, by the forward-backward algorithm."""
    count = len(emitted)
    start, end = np.zeros(count + 1), np.zeros(count + 1)
    if not count:
        return Posterior(start=start, end=end, caption=np.empty(0))
    first, step = transitions(rules)
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
