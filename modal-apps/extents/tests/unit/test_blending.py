import numpy as np
import pytest
from captionacc_extents.network.network import CHANNELS, FrameFeatures
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.blending import FAR, Blends, squares
from numpy.typing import NDArray

RULES = shipped_rules().reading

LENGTH = 40
AT = 20


def pictures(opacity: NDArray[np.float64]) -> tuple[NDArray[np.uint8], FrameFeatures]:
    """A text of random strokes, of the given opacity, over a still picture."""
    rng = np.random.default_rng(3)
    ground = rng.integers(60, 120, (64, 512))
    strokes = np.zeros((64, 512))
    strokes[16:48, 128:384] = rng.random((32, 256)) < 0.4
    mixed = ground + opacity[:, None, None] * strokes * (230 - ground)
    text = np.zeros((len(opacity), 8, 64), np.float32)
    text[:, 2:6, 16:48] = opacity[:, None, None]
    features = FrameFeatures(
        embedding=np.zeros((len(opacity), CHANNELS, 8, 64), np.float32),
        text=text,
        presence=np.where(opacity > 0.4, 5, -5).astype(np.float32),
    )
    return np.round(mixed).astype(np.uint8), features


def rows(opacity: NDArray[np.float64], size: int) -> NDArray[np.float16]:
    bands, features = pictures(opacity)
    blends = Blends(RULES)
    for first in range(0, len(bands), size):
        part = features[first : first + size]
        blends.add(squares(bands[first : first + size], RULES), part.text, part.presence)
    return blends.finish(len(bands))


@pytest.mark.parametrize("length", [0, 2, 4])
@pytest.mark.parametrize("falls", [False, True])
def test_the_share_of_the_way_is_the_opacity(length: int, falls: bool) -> None:
    """`length` frames lie between nothing and all of the text."""
    way = np.clip((np.arange(LENGTH) - AT + 1 + length / 2) / (length + 1), 0, 1)
    found = rows(1 - way if falls else way, 7)
    np.testing.assert_allclose(found[AT], way[AT - 3 : AT + 4], atol=0.03)


def test_rows_do_not_depend_on_how_frames_come() -> None:
    way = np.clip((np.arange(LENGTH) - AT) / 3, 0, 1)
    whole, parts = rows(way, LENGTH), rows(way, 1)
    np.testing.assert_array_equal(whole, parts)


def test_there_is_no_row_without_a_caption_or_near_the_ends() -> None:
    assert np.isnan(rows(np.zeros(LENGTH), 8)).all()
    shown = rows((np.arange(LENGTH) >= AT).astype(float), 8)
    assert np.isnan(shown[:FAR]).all()
    assert np.isnan(shown[-FAR:]).all()
    assert np.isnan(rows(np.ones(3), 8)).all()
