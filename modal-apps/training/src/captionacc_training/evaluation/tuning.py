"""Choose the decoder's parameters on the tuning split, one at a time, then fit its confidence."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_extents.decoding.refinement import found_captions
from captionacc_extents.decoding.sequence import Decoding
from captionacc_scoring.extents import (
    ExtentScore,
    empty_frames,
    false_captions,
    score_extents,
)

from captionacc_training.evaluation.calibration import fit, outcomes
from captionacc_training.evaluation.evaluation import Scored

CHOICES: dict[str, tuple[Any, ...]] = {
    "change": (-0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -5.0),
    "pair_scale": (0.25, 0.4, 0.55, 0.7, 0.85, 1.0),
    "unrest": (0.0, 1.0, 2.0, 3.0, 5.0),
    "distance_weights": (
        (1.0, 0.5, 0.5),
        (1.0, 0.3, 0.5),
        (1.0, 0.7, 0.7),
        (0.7, 0.7, 0.7),
        (0.5, 0.5, 0.5),
    ),
    "cut_discount": (0.0, 0.4, 0.75, 1.5, 2.5),
    "faint_share": (1.0, 0.5, 0.35, 0.25, 0.15),
    "least_presence": (0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5),
    "least_step": (2.0, 2.5, 3.0, 4.0, 99.0),
    "place_weight": (0.0, 10.0, 15.0, 20.0, 30.0),
    # Above, captions of a real video that differ by one character are joined.
    "merge_below": (2.0, 4.0, 5.0, 6.0, 6.5),
    "split_above": (11.0, 13.0, 14.0, 15.0, 16.0, 18.0),
    "appear": (-1.0, -2.0, -3.0, -4.0),
    "vanish": (-0.3, -1.0, -2.0, -3.0),
    "pair_limit": (5.0, 8.0, 12.0),
    "presence_limit": (4.0, 6.0, 8.0),
    "abrupt": (1.0, 2.0, 3.0, 4.0, 5.0, 99.0),
    "half_begun": (0.38, 0.4, 0.42, 0.44, 0.46),
    "half_gone": (0.47, 0.49, 0.505, 0.52, 0.54),
}
ROUNDS = 2
LEAST_GAIN = 1e-4

FALSE_CAPTION = 0.001
"""What a false caption for each hour without captions takes from the worth."""

ENOUGH = 0.97
"""A kind that does this well says no more; the others are to gain."""


def tune(scored: Sequence[Scored], told: Callable[[str], None], processes: int = 1) -> Decoding:
    """The best decoding found, with its confidence fitted; each improvement is told."""
    decoding = Decoding()
    best = worth(scored, decoding)
    with ProcessPoolExecutor(processes, initializer=_hold, initargs=(scored,)) as pool:
        for _ in range(ROUNDS):
            before = best
            for name, values in CHOICES.items():
                others = [replace(decoding, **{name: value}) for value in values]
                for other, found in zip(others, pool.map(_worth_of_held, others), strict=True):
                    if found > best + LEAST_GAIN:
                        decoding, best = other, found
                        told(f"{name} {getattr(other, name)}: {best:.4f}")
            if best == before:
                break
    plain = replace(decoding, confidence_scale=1.0, confidence_offset=0.0)
    scale, offset = fit(*outcomes(scored, plain))
    return replace(decoding, confidence_scale=round(scale, 3), confidence_offset=round(offset, 3))


_held: list[Scored] = []
"""What a process of the pool measures decodings on; too much to be sent with each of them."""


def _hold(scored: Sequence[Scored]) -> None:
    _held[:] = scored


def _worth_of_held(decoding: Decoding) -> float:
    return worth(_held, decoding)


def worth(scored: Sequence[Scored], decoding: Decoding) -> float:
    """F1 within a frame, with some weight on exact ends, kinds that do badly and false captions."""
    near = exact = ExtentScore(matched=0, predicted=0, truth=0)
    kinds: dict[str, ExtentScore] = {}
    false = empty = 0
    for item in scored:
        found = [(each.start, each.end) for each in found_captions(item.scores, decoding)]
        score = score_extents(found, item.truth, 1)
        near += score
        exact += score_extents(found, item.truth, 0)
        false += false_captions(found, item.truth)
        empty += empty_frames(item.truth, len(item.scores))
        kinds[item.kind] = kinds[item.kind] + score if item.kind in kinds else score
    hard = np.mean([min(ENOUGH, score.f1) for score in kinds.values()])
    per_hour = false / max(1, empty) * INDICES_PER_SECOND * 3600
    return float(near.f1 + 0.3 * exact.f1 + 0.3 * hard - FALSE_CAPTION * per_hour)
