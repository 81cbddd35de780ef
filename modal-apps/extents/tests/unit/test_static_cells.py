import numpy as np
import pytest
from captionacc_extents.network.weights import shipped_rules
from captionacc_extents.reading.static_cells import Mask
from captionacc_extents.reading.static_cells import static_cells as found_static_cells
from numpy.typing import NDArray

RULES = shipped_rules().reading

LOGO = (slice(1, 3), slice(2, 8))
CAPTION = (slice(3, 6), slice(22, 44))


def static_cells(bands: NDArray[np.uint8], text: NDArray[np.float32]) -> Mask:
    return found_static_cells(bands, text, RULES)


def drawn(
    *, logo: bool, caption: bool, frames: int = 40
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Noise with patterns in cells: the logo's never changes, the caption's every ten frames."""
    rng = np.random.default_rng(3)
    cells = rng.integers(0, 90, (frames, 8, 64, 8, 8), np.uint8)
    text = np.zeros((frames, 8, 64), np.float32)
    mark = rng.integers(0, 256, (2, 6, 8, 8), np.uint8)
    for k in range(frames):
        if logo:
            cells[k][LOGO], text[k][LOGO] = mark, 1
        if caption and k % 10 < 7:
            words = np.random.default_rng(100 + k // 10).integers(0, 256, (3, 22, 8, 8), np.uint8)
            cells[k][CAPTION], text[k][CAPTION] = words, 1
    return np.ascontiguousarray(cells.transpose(0, 1, 3, 2, 4)).reshape(frames, 64, 512), text


def test_a_standing_mark_beside_captions_is_found() -> None:
    found = static_cells(*drawn(logo=True, caption=True))
    assert found[LOGO].all()
    assert not found[CAPTION].any()


def test_changing_captions_are_not_a_mark() -> None:
    assert not static_cells(*drawn(logo=False, caption=True)).any()


def test_the_only_text_is_kept_even_if_it_never_changes() -> None:
    assert not static_cells(*drawn(logo=True, caption=False)).any()


def test_words_of_a_standing_caption_are_not_marks_of_each_other() -> None:
    bands, text = drawn(logo=True, caption=False)
    other = (slice(1, 3), slice(50, 58))
    text[:, other[0], other[1]] = 1
    cells = bands.reshape(len(bands), 8, 8, 64, 8).transpose(0, 1, 3, 2, 4)
    word = np.random.default_rng(5).integers(0, 256, (2, 8, 8, 8), np.uint8)
    cells[:, other[0], other[1]] = word
    standing = np.ascontiguousarray(cells.transpose(0, 1, 3, 2, 4)).reshape(len(bands), 64, 512)
    assert not static_cells(standing, text).any()


def test_too_few_samples_give_no_mask() -> None:
    assert not static_cells(*drawn(logo=True, caption=True, frames=10)).any()


def test_words_that_come_with_the_rest_of_their_caption_are_not_marks() -> None:
    bands, text = drawn(logo=True, caption=False)
    rest = text[:, 3:6, 22:44]
    rest[12:] = 1
    assert static_cells(bands, text)[LOGO].all()
    text[:12] = 0
    assert not static_cells(bands, text).any()


@pytest.mark.parametrize("words", [1, 2])
def test_words_that_come_and_go_together_are_not_marks(words: int) -> None:
    """A caption that stands for most of the video, beside others; one part alone may be a mark
    that was hidden at first."""
    bands, text = drawn(logo=False, caption=True)
    cells = bands.reshape(len(bands), 8, 8, 64, 8).transpose(0, 1, 3, 2, 4).copy()
    places = [LOGO, (slice(1, 3), slice(50, 58))][:words]
    for place in places:
        size = (2, place[1].stop - place[1].start, 8, 8)
        word = np.random.default_rng(5).integers(0, 256, size, np.uint8)
        for k in range(10, 40):
            cells[k][place], text[k][place] = word, 1
    bands = np.ascontiguousarray(cells.transpose(0, 1, 3, 2, 4)).reshape(len(bands), 64, 512)
    assert static_cells(bands, text).any() == (words == 1)
