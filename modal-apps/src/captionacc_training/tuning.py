"""Choose the decoder's parameters on the tuning split, one at a time, then fit its confidence."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from captionacc_media.extents.refinement import found_captions
from captionacc_media.extents.scoring import ExtentScore, score_extents
from captionacc_media.extents.sequence import Decoding

from captionacc_training.calibration import fit, outcomes
from captionacc_training.evaluation import Scored

CHOICES: dict[str, tuple[Any, ...]] = {
    "change": (-0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -5.0),
    "pair_scale": (0.4, 0.55, 0.7, 0.85, 1.0),
    "distance_weights": (
        (1.0, 0.5, 0.5, 0.5),
        (1.0, 0.25, 0.25, 0.25),
        (0.7, 0.7, 0.7, 0.7),
        (0.5, 0.5, 0.5, 0.5),
        (0.3, 0.3, 0.3, 0.3),
    ),
    "cut_discount": (0.0, 0.75, 1.5, 2.5),
    "merge_below": (-1.0, 0.0, 0.5, 1.0, 1.5),
    "split_above": (0.5, 1.0, 1.5, 2.0, 3.0),
    "appear": (-1.0, -2.0, -3.0, -4.0),
    "vanish": (-0.3, -1.0, -2.0, -3.0),
    "pair_limit": (5.0, 8.0, 12.0),
    "presence_limit": (4.0, 6.0, 8.0),
    "half_begun": (0.38, 0.4, 0.42, 0.44, 0.46),
    "half_gone": (0.47, 0.49, 0.505, 0.52, 0.54),
}
ROUNDS = 2
ENOUGH = 0.97
"""A kind that does this well says no more; the others are to gain."""


def tune(scored: Sequence[Scored], told: Callable[[str], None]) -> Decoding:
    """The best decoding found, with its confidence fitted; each improvement is told."""
    decoding = Decoding()
    best = worth(scored, decoding)
    for _ in range(ROUNDS):
        before = best
        for name, values in CHOICES.items():
            for value in values:
                other = replace(decoding, **{name: value})
                worth_of_other = worth(scored, other)
                if worth_of_other > best + 1e-4:
                    decoding, best = other, worth_of_other
                    told(f"{name} {value}: {best:.4f}")
        if best == before:
            break
    plain = replace(decoding, confidence_scale=1.0, confidence_offset=0.0)
    scale, offset = fit(*outcomes(scored, plain))
    return replace(decoding, confidence_scale=round(scale, 3), confidence_offset=round(offset, 3))


def worth(scored: Sequence[Scored], decoding: Decoding) -> float:
    """F1 within a frame, with some weight on exact ends and on kinds that do badly."""
    near = exact = ExtentScore(matched=0, predicted=0, truth=0)
    kinds: dict[str, ExtentScore] = {}
    for item in scored:
        found = [(each.start, each.end) for each in found_captions(item.scores, decoding)]
        score = score_extents(found, item.truth, 1)
        near += score
        exact += score_extents(found, item.truth, 0)
        kinds[item.kind] = kinds[item.kind] + score if item.kind in kinds else score
    hard = np.mean([min(ENOUGH, score.f1) for score in kinds.values()])
    return float(near.f1 + 0.3 * exact.f1 + 0.3 * hard)
