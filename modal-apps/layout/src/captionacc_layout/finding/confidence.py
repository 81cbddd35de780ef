"""From the features of a place to the probability that the place holds captions.

``python -m benchmarks.layout.fit_confidence`` found the weights, on the 150 drawn videos of the
tuning split of the layout benchmark (124 tracks).
"""

import math

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=0.856,
    quality=2.282,
    free=0.625,
    bound=-1.488,
    usual=2.483,
    central=-0.093,
    length=0.297,
    brief=0.506,
    lasting=-2.088,
    stub=-2.542,
    steady=0.435,
    drifting=-4.108,
    alike=-2.75,
    repeats=-5.692,
    moving=-3.616,
    large=-5.918,
    lines=-0.63,
)
_INTERCEPT = -3.91


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    logit = _INTERCEPT + sum(
        getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__struct_fields__
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
