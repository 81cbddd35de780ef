"""From the features of a place to the probability that the place holds captions.

``python -m benchmarks.layout.fit_confidence`` found the weights, on the 150 drawn videos of the
tuning split of the layout benchmark (124 tracks).
"""

import math

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=0.96,
    quality=2.517,
    free=0.667,
    bound=-1.531,
    usual=2.667,
    central=-0.101,
    length=0.383,
    brief=0.319,
    lasting=-1.926,
    stub=-2.58,
    steady=0.444,
    drifting=-5.478,
    alike=-2.877,
    repeats=-5.653,
    moving=-3.506,
    large=-5.61,
    lines=-0.68,
    noise=0.306,
)
_INTERCEPT = -5.083


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    logit = _INTERCEPT + sum(
        getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__struct_fields__
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
