"""From the features of a place to the probability that the place holds captions."""

import math

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=1.102,
    quality=2.662,
    free=0.7,
    bound=-1.783,
    usual=2.787,
    central=-0.256,
    length=0.254,
    brief=0.095,
    lasting=-1.864,
    stub=-1.682,
    steady=0.801,
    drifting=-5.962,
    alike=-2.485,
    moving=-3.053,
    large=-6.34,
    lines=-0.752,
    noise=0.247,
)
_INTERCEPT = -4.813


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    logit = _INTERCEPT + sum(
        getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__struct_fields__
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
