from collections.abc import Callable

from captionacc_contracts.frames.extents import PairLabel
from captionacc_extents.reading.scores import FrameScores
from captionacc_training.evaluation.confusion import LABELS, confusion, confusion_table, true_labels

SAME, DIFFERENT, EMPTY, STARTS, ENDS = PairLabel


def test_labels_follow_from_the_true_captions() -> None:
    # Frames: . A A B . .
    assert true_labels([(1, 3), (3, 4)], 6) == [STARTS, SAME, DIFFERENT, ENDS, EMPTY]
    assert true_labels([], 3) == [EMPTY, EMPTY]
    assert true_labels([(0, 2)], 2) == [SAME]
    assert true_labels([], 1) == true_labels([], 0) == []


def test_a_pair_is_counted_by_what_is_true_and_what_is_predicted(
    sure_of: Callable[[list[tuple[int, int]], int], FrameScores],
) -> None:
    right = [(2, 6), (6, 9)]
    counts = confusion([(sure_of(right, 12), right), (sure_of([(2, 9)], 12), right)])
    expected = {
        (SAME, SAME): 5 * 2,
        (DIFFERENT, DIFFERENT): 1,
        (DIFFERENT, SAME): 1,
        (EMPTY, EMPTY): 3 * 2,
        (STARTS, STARTS): 2,
        (ENDS, ENDS): 2,
    }
    for i, true in enumerate(LABELS):
        for j, predicted in enumerate(LABELS):
            assert counts[i, j] == expected.get((true, predicted), 0), (true, predicted)
    assert counts.sum() == 2 * 11


def test_the_table_says_how_much_of_each_class_is_right() -> None:
    counts = confusion([])
    counts[0, 0], counts[0, 1] = 3, 1
    lines = confusion_table(counts).splitlines()
    assert lines[0].startswith("| true, predicted: | same | different | empty_empty |")
    assert lines[2] == "| same | 3 | 1 | 0 | 0 | 0 | 0.7500 |"
    assert lines[3] == "| different | 0 | 0 | 0 | 0 | 0 | - |"
    assert len(lines) == 7
