"""Count which of the five classes the network predicts for pairs of neighbouring frames."""

from collections.abc import Iterable, Sequence

import numpy as np
from captionacc_contracts.frames.extents import PairLabel
from captionacc_extents.decoding.pairs import pair_results
from captionacc_extents.reading.scores import FrameScores
from captionacc_scoring.extents import Span
from numpy.typing import NDArray

LABELS = tuple(PairLabel)


def confusion(sequences: Iterable[tuple[FrameScores, Sequence[Span]]]) -> NDArray[np.int64]:
    """Count pairs of neighbouring frames by their true and their predicted class.

    Args:
        sequences: scores, each with the true captions.

    Returns:
        Counts (5, 5), in the order of `PairLabel`: a row per true class and a column per class
        that the network predicts, before the decoding.
    """
    counts = np.zeros((len(LABELS), len(LABELS)), np.int64)
    for scores, truth in sequences:
        predicted = [pair.forward.label for pair in pair_results(scores)]
        for true, given in zip(true_labels(truth, len(scores)), predicted, strict=True):
            counts[LABELS.index(true), LABELS.index(given)] += 1
    return counts


def true_labels(truth: Sequence[Span], frames: int) -> list[PairLabel]:
    """The true class of each pair of neighbouring frames in a sequence of `frames` frames."""
    caption = np.full(frames, -1)
    for place, (start, end) in enumerate(truth):
        caption[start:end] = place
    return [_label(int(caption[k - 1]), int(caption[k])) for k in range(1, frames)]


def confusion_table(counts: NDArray[np.int64]) -> str:
    """The counts in Markdown, with the share of each true class that is predicted right."""
    names = [label.value for label in LABELS]
    lines = ["| true, predicted: | " + " | ".join(names) + " | right |"]
    lines.append("|" + "---|" * (len(names) + 2))
    for place, name in enumerate(names):
        row = counts[place]
        right = f"{row[place] / row.sum():.4f}" if row.sum() else "-"
        lines.append(f"| {name} | " + " | ".join(map(str, row)) + f" | {right} |")
    return "\n".join(lines)


def _label(first: int, second: int) -> PairLabel:
    if first < 0:
        return PairLabel.EMPTY_EMPTY if second < 0 else PairLabel.EMPTY_VALID
    if second < 0:
        return PairLabel.VALID_EMPTY
    return PairLabel.SAME if first == second else PairLabel.DIFFERENT
