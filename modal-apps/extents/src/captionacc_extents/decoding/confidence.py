"""From the decoder's own belief in a caption to the probability that it is right."""

import math

LEAST = 1e-6
"""Beliefs nearer to 0 or 1 than this say no more."""


def log_odds(belief: float) -> float:
    """The log odds of a belief, bounded."""
    share = min(1 - LEAST, max(LEAST, belief))
    return math.log(share / (1 - share))


def probability(belief: float, scale: float, offset: float) -> float:
    """The probability that both ends are right within a frame.

    `scale` and `offset` are fitted on the tuning split (see
    `captionacc_training.evaluation.calibration`).
    """
    return 1 / (1 + math.exp(-(scale * log_odds(belief) + offset)))
