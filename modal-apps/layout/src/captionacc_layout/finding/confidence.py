"""From the features of a place to the probability that the place holds captions.

The weights are those of ``python -m benchmarks.layout.fit_confidence`` on drawn videos of the
layout benchmark: the tuning split, more videos of the kinds that were hard, and a test split that
had been looked at. docs/benchmarks.md names them, and says what cross-validation gives.
"""

import math

import msgspec

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=1.24,
    quality=3.388,
    free=0.992,
    bound=-1.743,
    usual=2.309,
    central=-4.321,
    length=1.496,
    lonely=-2.589,
    lasting=-3.305,
    stub=-1.477,
    steady=6.458,
    drifting=-1.92,
    sliding=-3.997,
    alike=-5.432,
    repeats=-9.34,
    echoes=-11.356,
    moving=-1.243,
    large=-5.1,
)
_INTERCEPT = -12.752


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds(features)))))


def log_odds(features: Features) -> float:
    """The logarithm of the odds that a place with these features holds captions."""
    values, weights = msgspec.structs.astuple(features), msgspec.structs.astuple(_WEIGHTS)
    return float(_INTERCEPT + sum(a * b for a, b in zip(values, weights, strict=True)))
