"""What the tuner and the ablation count over all sequences of a split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND
from captionacc_extents.decoding.found import Found
from captionacc_scoring.extents import ExtentScore, empty_frames, false_captions, score_extents

from captionacc_training.evaluation.evaluation import Scored

NOTHING = ExtentScore(matched=0, predicted=0, truth=0)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Counts over all sequences.

    Attributes:
        near: captions right within a frame.
        exact: captions right to the frame.
        false_per_hour: false captions per hour without captions.
        kinds: captions right within a frame, by kind of sequence.
    """

    near: ExtentScore
    exact: ExtentScore
    false_per_hour: float
    kinds: dict[str, ExtentScore]


def totals(scored: Sequence[Scored], captions: Iterable[Sequence[Found]]) -> Totals:
    """Count the captions that were found in each sequence."""
    near = exact = NOTHING
    kinds: dict[str, ExtentScore] = {}
    false = empty = 0
    for item, of_item in zip(scored, captions, strict=True):
        found = [(caption.start, caption.end) for caption in of_item]
        score = score_extents(found, item.truth, 1)
        near += score
        exact += score_extents(found, item.truth, 0)
        kinds[item.kind] = kinds.get(item.kind, NOTHING) + score
        false += false_captions(found, item.truth)
        empty += empty_frames(item.truth, len(item.scores))
    per_hour = false / max(1, empty) * INDICES_PER_SECOND * 3600
    return Totals(near=near, exact=exact, false_per_hour=per_hour, kinds=kinds)
