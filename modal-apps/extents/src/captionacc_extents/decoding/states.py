"""The states of the decoder and the costs of the steps between them."""

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.reading.scores import DISTANCES
from captionacc_extents.rules.decoding import DecodingRules

Array = NDArray[np.float64]

OLDEST = max(DISTANCES) + 1
"""From this age on, all frames that a frame is compared with belong to the same caption."""

BLANK = 0
FRESH = np.arange(1, OLDEST + 1)
"""States of a caption of age 1, 2, ... that follows a blank or opens the video."""
TOUCHING = FRESH + OLDEST
"""States of a caption of age 1, 2, ... that follows another caption directly."""
STATES = 1 + 2 * OLDEST

IMPOSSIBLE = -1e9


def transitions(rules: DecodingRules) -> tuple[Array, Array]:
    """Log scores of the states of the first frame (states,), and of each step (from, to).

    A caption lasts at least two frames, unless it was there before the video began.
    """
    first = np.full(STATES, IMPOSSIBLE)
    first[BLANK], first[FRESH[0]], first[FRESH[1]] = 0, rules.appear, rules.appear
    step = np.full((STATES, STATES), IMPOSSIBLE)
    step[BLANK, BLANK] = 0
    step[BLANK, FRESH[0]] = rules.appear
    for states in (FRESH, TOUCHING):
        for age, state in enumerate(states, 1):
            step[state, states[min(age, OLDEST - 1)]] = 0
            if age > 1:
                step[state, BLANK] = rules.vanish
                step[state, TOUCHING[0]] = rules.change
    return first, step
