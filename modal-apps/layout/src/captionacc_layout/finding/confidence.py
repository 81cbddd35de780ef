"""From the features of a place to the probability that the place holds captions.

The weights were fitted on the 150 drawn videos of the tuning split of the layout benchmark (124
tracks), before the far parts of a caption were joined. The command
``python -m benchmarks.layout.fit_confidence`` fits them to today's places; its weights differ, and
they have not been compared with these.
"""

import math

import msgspec

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=1.123,
    quality=2.75,
    free=1.0,
    bound=-1.8,
    usual=2.142,
    central=-2.356,
    length=1.654,
    lonely=-2.577,
    lasting=-3.12,
    stub=-1.125,
    steady=5.669,
    drifting=-2.666,
    sliding=-4.872,
    alike=-5.474,
    repeats=-1.07,
    echoes=-8.448,
    moving=-0.602,
    large=-3.946,
    lines=0.233,
)
_INTERCEPT = -11.555


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds(features)))))


def log_odds(features: Features) -> float:
    """The logarithm of the odds that a place with these features holds captions."""
    values, weights = msgspec.structs.astuple(features), msgspec.structs.astuple(_WEIGHTS)
    return float(_INTERCEPT + sum(a * b for a, b in zip(values, weights, strict=True)))
