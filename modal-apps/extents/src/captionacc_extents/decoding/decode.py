"""From scores to captions: emissions, the Viterbi pass, the passes after it, confidences.

This is the order in which a video is decoded:

1. `emissions` turns the scores into log scores of the decoder's states.
2. `best_path` (Viterbi) finds the best sequence of states, `posterior` the probabilities of ends.
3. Each pass of `PASSES` corrects the captions for one hard case, in the order of that tuple.
4. `tile` puts gaps between the captions and gives each extent its confidence.
"""

from collections.abc import Sequence

import numpy as np
from captionacc_contracts.frames.extents import CaptionExtent

from captionacc_extents.decoding.emissions import emissions
from captionacc_extents.decoding.found import Found
from captionacc_extents.decoding.passes import PASSES, Pass
from captionacc_extents.decoding.tiling import captions_of, tile
from captionacc_extents.decoding.viterbi import Posterior, best_path, posterior
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules


def decode(scores: FrameScores, rules: Rules) -> list[CaptionExtent]:
    """Captions and gaps that tile the frames, each with a confidence."""
    emitted = emissions(scores, rules.decoding)
    beliefs = posterior(emitted, rules.decoding)
    found = captions_of(best_path(emitted, rules.decoding), beliefs)
    return tile(refined(found, scores, rules), beliefs, len(scores), rules.decoding)


def found_captions(
    scores: FrameScores, rules: Rules, passes: Sequence[Pass] = PASSES
) -> list[Found]:
    """The captions without their probabilities, which take most of the time of `decode`."""
    nothing = np.zeros(len(scores) + 1)
    unknown = Posterior(start=nothing, end=nothing, caption=nothing[1:])
    path = best_path(emissions(scores, rules.decoding), rules.decoding)
    return refined(captions_of(path, unknown), scores, rules, passes)


def refined(
    found: list[Found], scores: FrameScores, rules: Rules, passes: Sequence[Pass] = PASSES
) -> list[Found]:
    """Apply the passes to the captions of the best path."""
    for apply in passes:
        found = apply(found, scores, rules)
    return found
