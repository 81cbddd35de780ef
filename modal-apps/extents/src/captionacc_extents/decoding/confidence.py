"""From the decoder's belief in a caption to the probability that the caption is right."""

import math

from captionacc_extents.logistic import probability_of
from captionacc_extents.rules.decoding import DecodingRules


def log_odds(belief: float, rules: DecodingRules) -> float:
    """The log odds of a belief, which is first limited by `least_belief`."""
    share = min(1 - rules.least_belief, max(rules.least_belief, belief))
    return math.log(share / (1 - share))


def probability(belief: float, rules: DecodingRules) -> float:
    """The probability that both ends are right within a frame.

    `confidence_scale` and `confidence_offset` are fitted on the tuning split (see
    `captionacc_training.evaluation.calibration`).
    """
    odds = log_odds(belief, rules)
    return probability_of(rules.confidence_scale * odds + rules.confidence_offset)
