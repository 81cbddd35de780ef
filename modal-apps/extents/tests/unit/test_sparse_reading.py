import numpy as np
import pytest
from captionacc_extents.network.network import CHANNELS, Bands, FrameFeatures
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.sparse_reading import encode_changes, leave_out
from numpy.typing import NDArray

RULES = shipped_rules()
CLEAR, ALIKE = RULES.reading.clear_presence, RULES.reading.alike_below


class Tones:
    """A network that reads the caption off the first pixel and its presence off the second."""

    version = "tones"
    device = "cpu"
    rules = RULES

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        self.encoded += len(bands)
        tone, presence = (bands[:, 0, column].astype(np.float32) for column in (0, 1))
        return FrameFeatures(
            embedding=np.tile(tone[:, None, None, None], (1, CHANNELS, 8, 64)),
            text=np.tile(tone[:, None, None] / 255, (1, 8, 64)),
            presence=presence - 100,
        )

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        return features

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        difference = np.abs(a.embedding[:, 0, 0, 0] - b.embedding[:, 0, 0, 0])
        return np.where(difference > 0, ALIKE + 1, ALIKE - 1).astype(np.float32)


def bands(tones: list[int], presence: list[float]) -> Bands:
    made = np.zeros((len(tones), 64, 512), np.uint8)
    made[:, 0, 0] = tones
    made[:, 0, 1] = np.array(presence) + 100
    return made


SHOWN, EMPTY, DOUBTFUL = CLEAR + 3, -CLEAR - 3, 0.0


@pytest.mark.parametrize(
    ("tones", "presence", "read"),
    [
        pytest.param([7] * 6, [SHOWN] * 6, [0, 2, 4, 5], id="one caption"),
        pytest.param([0] * 7, [EMPTY] * 7, [0, 2, 4, 6], id="none"),
        pytest.param([7, 7, 7, 9, 9, 9], [SHOWN] * 6, [0, 2, 3, 4, 5], id="a change"),
        pytest.param(
            [7, 7, 7, 0, 9, 9, 9], [SHOWN] * 3 + [EMPTY] + [SHOWN] * 3, [0, 2, 3, 4, 6], id="a gap"
        ),
        pytest.param(
            [0, 0, 0, 7, 7], [EMPTY] * 3 + [SHOWN] * 2, [0, 2, 3, 4], id="a caption begins"
        ),
        pytest.param([7] * 5, [DOUBTFUL] * 5, [0, 1, 2, 3, 4], id="in doubt"),
        pytest.param([7], [SHOWN], [0], id="a frame"),
        pytest.param([7, 9], [SHOWN] * 2, [0, 1], id="two frames"),
    ],
)
def test_frames_are_read_where_something_may_change(
    tones: list[int], presence: list[float], read: list[int]
) -> None:
    network, made = Tones(), bands(tones, presence)
    found = encode_changes(network, made, None)
    assert np.flatnonzero(found.read).tolist() == read
    assert network.encoded == len(read)
    whole = network.encode(made)
    frames = found.frames()
    np.testing.assert_array_equal(frames.embedding, whole.embedding)
    np.testing.assert_array_equal(frames.text, whole.text)
    np.testing.assert_array_equal(frames.presence, whole.presence)
    for k in np.flatnonzero(np.isfinite(found.across)):
        assert found.across[k] == network.compare(whole[k - 2 : k - 1], whole[k : k + 1])[0]


def test_a_frame_that_is_not_read_has_the_features_of_the_one_before() -> None:
    made = bands([7, 8, 7, 7, 7], [SHOWN] * 5)
    found = encode_changes(Tones(), made, None)
    assert not found.read[1]
    assert found.frames().embedding[:, 0, 0, 0].tolist() == [7] * 5


def test_what_was_compared_with_static_cells_is_forgotten_without_them() -> None:
    found = encode_changes(Tones(), bands([7] * 9, [SHOWN] * 9), None)
    assert np.isfinite(found.across[2::2]).all()
    left = leave_out(Tones(), found, np.ones((8, 64), bool))
    assert np.isnan(left.across).all()
    np.testing.assert_array_equal(left.read, found.read)
