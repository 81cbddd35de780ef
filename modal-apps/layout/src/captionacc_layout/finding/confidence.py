"""From the features of a place to the probability that the place holds captions.

The weights were fitted on the 150 drawn videos of the tuning split of the layout benchmark (124
tracks), before the far parts of a caption were joined. The command
``python -m benchmarks.layout.fit_confidence`` fits them to today's places; its weights differ, and
they have not been compared with these.
"""

import math

from captionacc_layout.finding.evidence import Features

_WEIGHTS = Features(
    amount=0.834,
    quality=2.246,
    free=0.695,
    bound=-1.22,
    usual=2.442,
    central=-0.071,
    length=0.297,
    brief=0.509,
    lasting=-2.312,
    stub=-2.826,
    steady=0.359,
    drifting=-4.236,
    alike=-2.753,
    repeats=-5.576,
    moving=-3.629,
    large=-5.872,
    lines=-0.612,
)
_INTERCEPT = -3.966


def confidence(features: Features) -> float:
    """The probability (0 to 1) that a place with these features holds captions."""
    logit = _INTERCEPT + sum(
        getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__struct_fields__
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
