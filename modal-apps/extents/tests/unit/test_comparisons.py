import numpy as np
import pytest
from captionacc_extents.network.network import CHANNELS, Bands, FrameFeatures
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.comparisons import Comparisons
from captionacc_extents.reading.scores import DISTANCES, FrameScores, Row
from captionacc_extents.reading.sparse_reading import SparseFeatures
from numpy.typing import NDArray

RULES = shipped_rules()
REACH = RULES.reach
SPAN, FAR_GAP, SEEN = (
    RULES.reading.mean_frames,
    RULES.reading.far_gap,
    RULES.reading.worth_comparing,
)


class FirstCells:
    """A network that says how much the first cells of two embeddings differ."""

    version = "first cells"
    device = "cpu"
    rules = RULES

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        raise NotImplementedError

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        raise NotImplementedError

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        assert len(a) == len(b) > 0
        return np.asarray(a.embedding[:, 0, 0, 0] - 2 * b.embedding[:, 0, 0, 0], np.float32)


def features(count: int, gone: list[int]) -> FrameFeatures:
    """Frames of equal presence, so that their means are plain, except those that are gone."""
    tone = np.random.default_rng(4).random(count).astype(np.float32)
    embedding = np.zeros((count, CHANNELS, 8, 64), np.float32)
    embedding[:, 0, 0, 0] = tone
    presence = np.full(count, 30, np.float32)
    presence[gone] = SEEN
    return FrameFeatures(
        embedding=embedding, text=np.zeros((count, 8, 64), np.float32), presence=presence
    )


def sparse(
    frames: FrameFeatures, read: NDArray[np.bool_], across: Row | None = None
) -> SparseFeatures:
    across = np.full(len(read), np.nan, np.float32) if across is None else across
    return SparseFeatures(encoded=frames, source=np.arange(len(read)), read=read, across=across)


def scores(frames: FrameFeatures, size: int, read: NDArray[np.bool_] | None = None) -> FrameScores:
    comparisons = Comparisons(FirstCells())
    read = np.ones(len(frames), bool) if read is None else read
    for first in range(0, len(frames), size):
        part = slice(first, first + size)
        comparisons.add(sparse(frames[part], read[part]), np.zeros(len(read[part]), np.float32))
    return comparisons.finish(np.full((len(frames), 7), np.nan, np.float16))


@pytest.mark.parametrize("size", [1, 3, 8, 64])
@pytest.mark.parametrize("gone", [[], [0], [9, 10, 20], list(range(12, 30)), list(range(40))])
def test_each_frame_is_compared_with_those_before_where_both_are_seen(
    gone: list[int], size: int
) -> None:
    frames = features(40, gone)
    found = scores(frames, size)
    tone, seen = frames.embedding[:, 0, 0, 0], frames.presence > SEEN
    for row, distance in enumerate(DISTANCES):
        expected = np.full(40, np.nan, np.float32)
        expected[distance:] = tone[:-distance] - 2 * tone[distance:]
        expected[distance:][~(seen[:-distance] & seen[distance:])] = np.nan
        np.testing.assert_array_equal(found.different[row], expected)


@pytest.mark.parametrize("size", [1, 3, 8, 64])
def test_the_means_around_each_frame_are_compared(size: int) -> None:
    frames = features(40, [])
    found = scores(frames, size)
    tone = frames.embedding[:, 0, 0, 0]
    for gap, row in ((0, found.near), (FAR_GAP, found.far)):
        expected = np.full(40, np.nan, np.float32)
        for k in range(REACH, 40 - REACH + 1):
            before, after = tone[k - gap - SPAN : k - gap], tone[k + gap : k + gap + SPAN]
            expected[k] = before.mean() - 2 * after.mean()
        np.testing.assert_allclose(row, expected, atol=1e-6)


@pytest.mark.parametrize("gone", [[0], [9, 10, 20], list(range(12, 30))])
def test_no_means_are_compared_around_a_frame_that_is_not_seen(gone: list[int]) -> None:
    found = scores(features(40, gone), 8)
    compared = np.zeros(40, bool)
    compared[REACH : 40 - REACH + 1] = True
    compared[gone] = False
    for row in (found.near, found.far):
        np.testing.assert_array_equal(np.isfinite(row), compared)


@pytest.mark.parametrize("size", [1, 3, 64])
def test_means_do_not_depend_on_how_frames_come(size: int) -> None:
    frames = features(40, [9, 10, 20])
    whole, parts = scores(frames, 8), scores(frames, size)
    np.testing.assert_allclose(parts.near, whole.near, atol=1e-6)
    np.testing.assert_allclose(parts.far, whole.far, atol=1e-6)


@pytest.mark.parametrize("size", [1, 4, 64])
@pytest.mark.parametrize("unread", [[1], [3, 5, 7, 15, 21, 23], list(range(1, 39, 2))])
def test_frames_that_were_not_read_have_the_scores_of_those_they_are_like(
    unread: list[int], size: int
) -> None:
    frames = features(40, [24, 25])
    for values in (frames.embedding, frames.presence):
        values[unread] = values[np.array(unread) - 1]
    read = np.ones(40, bool)
    read[unread] = False
    as_read, found = scores(frames, 8), scores(frames, size, read)
    neighbours = as_read.different[0].copy()
    # Compared with the frame that it has the features of, it would look too much alike.
    neighbours[unread] = neighbours[np.array(unread) + 1]
    np.testing.assert_array_equal(found.different[0], neighbours)
    np.testing.assert_array_equal(found.different[1:], as_read.different[1:])
    for row, expected in ((found.near, as_read.near), (found.far, as_read.far)):
        np.testing.assert_allclose(row[read], expected[read], atol=1e-6)
        np.testing.assert_array_equal(row[~read], row[np.array(unread) - 1])


class CountingCells(FirstCells):
    """The same network; it counts the frames that it compares."""

    def __init__(self) -> None:
        self.compared = 0

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        self.compared += len(a)
        return super().compare(a, b)


def test_what_is_known_is_not_compared_again() -> None:
    frames = features(401, [])
    every, second = np.ones(401, bool), np.arange(401) % 2 == 0
    known = np.full(401, np.nan, np.float32)
    known[2::2] = 5
    costs, across = [], []
    for part in (sparse(frames, every), sparse(frames, second), sparse(frames, second, known)):
        network = CountingCells()
        comparisons = Comparisons(network)
        comparisons.add(part, np.zeros(401, np.float32))
        found = comparisons.finish(np.full((401, 7), np.nan, np.float16))
        costs.append(network.compared)
        across.append(found.different[1, 2::2])
    assert costs[1] < 0.45 * costs[0]
    assert costs[2] < 0.8 * costs[1]
    assert (across[2] == 5).all()
