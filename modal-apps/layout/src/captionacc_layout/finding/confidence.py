"""From the features of a place to the probability that the place holds captions.

``python -m benchmarks.layout.fit_confidence`` found the weights, on the 150 drawn videos of the
tuning split of the layout benchmark (124 tracks).
"""

import math

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=1.099,
    quality=2.674,
    free=0.678,
    bound=-1.761,
    usual=2.536,
    central=-0.289,
    length=0.299,
    brief=0.238,
    lasting=-2.045,
    stub=-2.738,
    steady=0.675,
    drifting=-5.894,
    alike=-2.465,
    moving=-3.399,
    large=-6.175,
    lines=-0.707,
    noise=0.258,
)
_INTERCEPT = -4.949


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    logit = _INTERCEPT + sum(
        getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__struct_fields__
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
