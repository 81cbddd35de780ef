import numpy as np
import pytest
from captionacc_contracts.frames.extents import PairLabel
from captionacc_extents.decoding.pairs import pair_results, probabilities
from captionacc_extents.reading.scores import DISTANCES, FrameScores
from hypothesis import given
from hypothesis import strategies as st

share = st.floats(0, 1)


def scores_of(identity: list[int]) -> FrameScores:
    """Scores of a network that is sure and right; identity 0 is no caption."""
    ids = np.array(identity, int)
    different = np.full((len(DISTANCES), len(ids)), np.nan, np.float32)
    for k in range(1, len(ids)):
        if ids[k] and ids[k - 1]:
            different[0, k] = 8 if ids[k] != ids[k - 1] else -8
    nothing = np.full(len(ids), np.nan, np.float32)
    return FrameScores(
        presence=np.where(ids > 0, 8, -8).astype(np.float32),
        different=different,
        near=nothing,
        far=nothing,
        cut=np.zeros(len(ids), np.float32),
        text=np.zeros((len(ids), 8, 64), np.uint8),
        blend=np.full((len(ids), 7), np.nan, np.float16),
    )


@given(share, share, share)
def test_the_classes_sum_to_one(first: float, second: float, different: float) -> None:
    classes = probabilities(first, second, different)
    values = [classes.of(label) for label in PairLabel]
    assert sum(values) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in values)


def test_rows_name_neighbours_and_mirror_each_other() -> None:
    rows = pair_results(scores_of([0, 0, 1, 1, 2, 0]))
    assert [(row.frame1_index, row.frame2_index) for row in rows] == [(k, k + 1) for k in range(5)]
    assert [row.forward.label.value for row in rows] == [
        "empty_empty",
        "empty_valid",
        "same",
        "different",
        "valid_empty",
    ]
    assert rows[1].backward.label is PairLabel.VALID_EMPTY
    assert rows[4].backward.label is PairLabel.EMPTY_VALID


@pytest.mark.parametrize("count", [0, 1])
def test_no_pair_without_two_frames(count: int) -> None:
    assert pair_results(scores_of([1] * count)) == []
