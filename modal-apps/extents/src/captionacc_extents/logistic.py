"""From logits to probabilities."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    """The probabilities of an array of logits, in its own precision."""
    return np.asarray(1 / (1 + np.exp(-logits)))


def probability_of(logit: float) -> float:
    """The probability of one logit; a large negative one does not overflow."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1 + odds)
