"""The network without its decoder: each pair of neighbours gets its most probable class."""

from collections.abc import Sequence

from captionacc_contracts.frames.extents import PairLabel, PairResult

Span = tuple[int, int]


def captions(pairs: Sequence[PairResult]) -> list[Span]:
    """Captions of at least two frames; they begin and end at the pairs that say so."""
    if not pairs:
        return []
    spans: list[Span] = []
    first = pairs[0].forward.label
    start = 0 if first in (PairLabel.SAME, PairLabel.DIFFERENT, PairLabel.VALID_EMPTY) else None
    for pair in pairs:
        label, at = pair.forward.label, pair.frame2_index
        if label in (PairLabel.DIFFERENT, PairLabel.VALID_EMPTY, PairLabel.EMPTY_EMPTY):
            if start is not None:
                spans.append((start, at))
            start = None
        if label in (PairLabel.DIFFERENT, PairLabel.EMPTY_VALID):
            start = at
    if start is not None:
        spans.append((start, pairs[-1].frame2_index + 1))
    return [(start, end) for start, end in spans if end - start > 1]
