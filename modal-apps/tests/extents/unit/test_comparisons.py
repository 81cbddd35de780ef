import numpy as np
import pytest
from captionacc_media.extents.comparisons import FAR_GAP, REACH, SEEN, SPAN, Comparisons
from captionacc_media.extents.network import CHANNELS, Bands, FrameFeatures
from captionacc_media.extents.scores import DISTANCES, FrameScores
from numpy.typing import NDArray


class FirstCells:
    """A network that tells how much the first cells of two embeddings differ."""

    version = "first cells"
    device = "cpu"

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        raise NotImplementedError

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        raise NotImplementedError

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        assert len(a) == len(b) > 0
        return np.asarray(a.embedding[:, 0, 0, 0] - 2 * b.embedding[:, 0, 0, 0], np.float32)


def features(count: int, gone: list[int]) -> FrameFeatures:
    """All shown alike, so that their means are plain, but for those that are gone."""
    tone = np.random.default_rng(4).random(count).astype(np.float32)
    embedding = np.zeros((count, CHANNELS, 8, 64), np.float32)
    embedding[:, 0, 0, 0] = tone
    presence = np.full(count, 30, np.float32)
    presence[gone] = SEEN
    return FrameFeatures(
        embedding=embedding, text=np.zeros((count, 8, 64), np.float32), presence=presence
    )


def scores(frames: FrameFeatures, size: int) -> FrameScores:
    comparisons = Comparisons(FirstCells())
    for first in range(0, len(frames), size):
        part = frames[first : first + size]
        comparisons.add(part, np.zeros(len(part), np.float32))
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
