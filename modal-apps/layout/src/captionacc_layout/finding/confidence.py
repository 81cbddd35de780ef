"""From the features of a place to the probability that the place holds captions.

``python -m benchmarks.layout.fit_confidence`` found the weights, on the 150 drawn videos of the
tuning split of the layout benchmark (124 tracks).
"""

import math

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=0.951,
    quality=2.507,
    free=0.658,
    bound=-1.525,
    usual=2.669,
    central=-0.128,
    length=0.379,
    brief=0.352,
    lasting=-1.929,
    stub=-2.595,
    steady=0.52,
    drifting=-4.311,
    alike=-2.867,
    repeats=-5.661,
    moving=-3.491,
    large=-5.714,
    lines=-0.698,
    noise=0.3,
)
_INTERCEPT = -5.11


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    logit = _INTERCEPT + sum(
        getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__struct_fields__
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
