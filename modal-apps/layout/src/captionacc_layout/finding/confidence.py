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
    amount=1.235,
    quality=2.874,
    free=1.082,
    bound=-1.788,
    usual=2.289,
    central=-2.304,
    length=1.709,
    lonely=-2.74,
    lasting=-3.355,
    stub=-1.072,
    steady=6.664,
    drifting=-3.268,
    sliding=-5.123,
    alike=-5.012,
    repeats=0.667,
    echoes=-8.499,
    moving=-0.458,
    large=-5.183,
)
_INTERCEPT = -13.027


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds(features)))))


def log_odds(features: Features) -> float:
    """The logarithm of the odds that a place with these features holds captions."""
    values, weights = msgspec.structs.astuple(features), msgspec.structs.astuple(_WEIGHTS)
    return float(_INTERCEPT + sum(a * b for a, b in zip(values, weights, strict=True)))
