"""Text that the shipped network sees in drawn pictures."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_layout.looking.maps import PARTS, FrameReader
from captionacc_layout.looking.sightings import TEXT, look_at
from captionacc_layout.looking.small_text import LookReader
from captionacc_layout.looking.video_looks import Seen, VideoLooks
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
SIZE = 640, 360


@pytest.fixture(scope="module")
def network() -> OnnxNetwork:
    return OnnxNetwork()


def scene(width: int, height: int, seed: int = 0) -> Luma:
    """Soft shapes, as behind captions."""
    noise = np.random.default_rng(seed).integers(40, 180, (9, 16)).astype(np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def write(
    picture: Luma, text: str, *, x: float, y: float, size: float = 0.05, thickness: int = 2
) -> Luma:
    """Write centred, outlined text; ``y`` is its baseline and ``size`` its height, in shares."""
    height, width = picture.shape
    scale, font = size * height / 22, cv2.FONT_HERSHEY_DUPLEX
    length = cv2.getTextSize(text, font, scale, 2)[0][0]
    at = round(x * width - length / 2), round(y * height)
    drawn = picture.copy()
    for colour, across in ((0, thickness + 3), (255, thickness)):
        cv2.putText(drawn, text, at, font, scale, colour, across, cv2.LINE_AA)
    return drawn


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (360, 640), (640, 480), (1280, 400)])
def test_the_text_of_a_picture_of_any_shape(network: OnnxNetwork, size: tuple[int, int]) -> None:
    share = 0.05 if size[0] > size[1] else 0.03
    picture = write(scene(*size), "by the sea", x=0.5, y=0.9, size=share)
    (maps,) = FrameReader(network, width=size[0], height=size[1]).read([picture])
    rows, columns = np.nonzero(maps.text > 0.5)
    assert 0.8 < rows.mean() / maps.text.shape[0] < 0.92
    assert columns.mean() / maps.text.shape[1] == pytest.approx(0.5, abs=0.08)
    assert maps.strokes.shape == tuple(4 * each for each in maps.text.shape)


def looked_at(network: OnnxNetwork, pairs: Iterable[tuple[Luma, Luma]], threads: int = 1) -> Seen:
    looks = VideoLooks(network, width=SIZE[0], height=SIZE[1], threads=threads)
    for number, (first, second) in enumerate(pairs):
        looks.add(5 * number, first, second)
    return looks.finish()


def still(draw: Callable[[int], Luma], looks: int) -> list[tuple[Luma, Luma]]:
    return [(draw(number), draw(number)) for number in range(looks)]


def captioned(number: int) -> Luma:
    picture = scene(*SIZE, seed=number // 8)
    if 2 <= number <= 5:
        return write(picture, "first we waited", x=0.5, y=0.9)
    if 6 <= number <= 9:
        return write(picture, "then the boats came", x=0.5, y=0.9)
    return picture


@pytest.mark.parametrize("threads", [1, 3])
def test_captions_are_followed_from_their_first_look_to_their_last(
    network: OnnxNetwork, threads: int
) -> None:
    seen = looked_at(network, still(captioned, 14), threads)
    captions = [each for each in seen.appearances if each.certainty > 0.6]
    assert [(each.first, each.last) for each in captions] == [(2, 5), (6, 9)]
    assert all(0.8 < each.top < each.bottom < 0.95 for each in captions)
    assert all(each.steadiness > 0.9 and not each.vertical for each in captions)
    assert seen.times == list(range(0, 70, 5))


def test_small_text_is_read_from_a_larger_picture(network: OnnxNetwork) -> None:
    """Letters of five pixels are a weak line at the usual size, with a mean of at most 0.7."""
    line = "one small line of letters in the picture"
    picture = write(scene(*SIZE), line, x=0.5, y=0.9, size=0.016, thickness=1)
    (text,) = looked_at(network, [(picture, picture)] * 4).appearances
    assert text.certainty > 0.8
    assert (text.first, text.last) == (0, 3)
    assert 0.85 < text.top < text.bottom < 0.93


def test_small_text_keeps_the_strokes_of_the_usual_size(network: OnnxNetwork) -> None:
    """So it is the same text in a look in which it is not read again."""
    line = "one small line of letters in the picture"
    picture = write(scene(*SIZE), line, x=0.5, y=0.9, size=0.016, thickness=1)
    width, height = SIZE
    usual = look_at(*FrameReader(network, width=width, height=height).read([picture, picture]))
    look = LookReader(network, width=width, height=height).read(picture, picture)
    assert look.text.max() > usual.text.max()
    text = np.kron(look.text >= TEXT, np.ones((PARTS, PARTS), np.bool_))
    assert text.any()
    np.testing.assert_array_equal(look.strokes[text], usual.strokes[text])


def test_rows_that_are_read_alone_have_the_maps_of_the_whole_picture(
    network: OnnxNetwork,
) -> None:
    picture = write(scene(*SIZE), "then the boats came", x=0.5, y=0.9)
    reader = FrameReader(network, width=SIZE[0], height=SIZE[1])
    (whole,) = reader.read([picture])
    rows = whole.text.max(axis=1) >= TEXT
    alone = reader.read_rows(picture, rows)
    np.testing.assert_allclose(alone.text[rows], whole.text[rows], atol=1e-5)
    parts = np.repeat(rows, PARTS)
    np.testing.assert_allclose(alone.strokes[parts], whole.strokes[parts], atol=1e-5)
    assert alone.text[: len(rows) // 2].max() == 0
    assert reader.read_rows(picture, np.zeros_like(rows)).text.max() == 0


def test_text_that_moves_is_not_followed(network: OnnxNetwork) -> None:
    def ticker(number: int, moment: float) -> Luma:
        x = 0.5 - 0.08 * moment
        return write(scene(*SIZE), "breaking news tonight from the coast", x=x, y=0.9)

    seen = looked_at(network, [(ticker(n, n), ticker(n, n + 0.4)) for n in range(6)])
    assert seen.appearances == []
    assert seen.unsteady.max() > 0


def test_a_video_without_text(network: OnnxNetwork) -> None:
    assert looked_at(network, still(lambda n: scene(*SIZE, seed=n), 4)).appearances == []


def test_no_look_at_all(network: OnnxNetwork) -> None:
    seen = looked_at(network, [])
    assert (seen.times, seen.appearances, seen.changes.tolist()) == ([], [], [])
