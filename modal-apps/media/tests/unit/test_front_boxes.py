"""Only the caption in front of an older, longer caption is read."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.front_boxes import only_front
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = WIDTH, HEIGHT = 640, 120
FONT = ImageFont.load_default(26)
OLDER = "an older caption that is much longer than the newer one"
NEWER = "The newer caption"


def _scene(*, seed: int = 1) -> Image.Image:
    """A soft background with noise, as the median of many frames has."""
    noise = np.random.default_rng(seed).normal(0, 3, (HEIGHT, WIDTH, 3))
    ramp = np.linspace(60, 190, WIDTH)[None, :, None] + np.linspace(-30, 30, HEIGHT)[:, None, None]
    return Image.fromarray(np.clip(ramp + noise, 0, 255).astype(np.uint8))


def _text(image: Image.Image, text: str, *, y: float = 60, fill: str = "white") -> TextBox:
    draw = ImageDraw.Draw(image)
    draw.text((WIDTH / 2, y), text, fill, FONT, "mm", stroke_width=2, stroke_fill="black")
    left, top, right, bottom = draw.textbbox((WIDTH / 2, y), text, FONT, "mm")
    return TextBox(text=text, confidence=0.9, left=left, top=top, right=right, bottom=bottom)


def _boxed(image: Image.Image, text: str, *, box: str, fill: str, y: float = 60) -> None:
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = draw.textbbox((WIDTH / 2, y), text, FONT, "mm")
    draw.rectangle((left - 7, top - 6, right + 7, bottom + 6), fill=box)
    draw.text((WIDTH / 2, y), text, fill, FONT, "mm")


def _alone(*, box: str, fill: str) -> npt.NDArray[np.uint8]:
    image = _scene()
    _boxed(image, NEWER, box=box, fill=fill)
    return np.asarray(image)


@pytest.mark.parametrize(
    ("box", "fill"),
    [("black", "white"), ("white", "black"), ("navy", "gold")],
)
def test_the_older_caption_is_painted_over_and_the_newer_one_stays(box: str, fill: str) -> None:
    image = _scene()
    line = _text(image, OLDER)
    _boxed(image, NEWER, box=box, fill=fill)
    painted = only_front(np.asarray(image), [line])
    assert painted is not None
    middle = slice(220, 420)
    np.testing.assert_array_equal(painted[:, middle], _alone(box=box, fill=fill)[:, middle])
    row = slice(int(line.top), int(line.bottom))
    for beside in (painted[row, : int(line.left) + 60], painted[row, int(line.right) - 60 :]):
        assert np.ptp(beside.reshape(-1, 3), axis=0).max() == 0


def test_both_lines_of_a_boxed_caption_lose_the_older_lines() -> None:
    image = _scene()
    lines = [_text(image, OLDER, y=40), _text(image, OLDER, y=76)]
    for y in (40, 76):
        _boxed(image, NEWER, box="black", fill="white", y=y)
    painted = only_front(np.asarray(image), lines)
    assert painted is not None
    assert np.ptp(painted[30:86, :150].reshape(-1, 3), axis=0).max() == 0


def _plain(image: Image.Image) -> TextBox:
    return _text(image, OLDER)


def _boxed_alone(image: Image.Image) -> TextBox:
    _boxed(image, OLDER, box="black", fill="white")
    left, top, right, bottom = ImageDraw.Draw(image).textbbox((320, 60), OLDER, FONT, "mm")
    return TextBox(text=OLDER, confidence=1, left=left, top=top, right=right, bottom=bottom)


def _before_a_dark_door(image: Image.Image) -> TextBox:
    ImageDraw.Draw(image).rectangle((200, 0, 430, HEIGHT), fill="black")
    return _text(image, OLDER)


def _on_a_black_bar(image: Image.Image) -> TextBox:
    ImageDraw.Draw(image).rectangle((0, 30, WIDTH, HEIGHT), fill="black")
    return _text(image, OLDER)


def _on_a_soft_spot(image: Image.Image) -> TextBox:
    """Between the words, one soft colour of the background fills whole columns."""
    spot = Image.new("L", SIZE)
    ImageDraw.Draw(spot).ellipse((210, 30, 430, 90), fill=255)
    blue = Image.new("RGB", SIZE, (23, 89, 167))
    image.paste(blue, mask=spot.filter(ImageFilter.GaussianBlur(14)))
    return _text(image, "then we all see")


@pytest.mark.parametrize(
    "draw", [_plain, _on_a_soft_spot, _boxed_alone, _before_a_dark_door, _on_a_black_bar]
)
def test_a_caption_without_an_older_one_behind_it_stays(
    draw: Callable[[Image.Image], TextBox],
) -> None:
    image = _scene()
    line = draw(image)
    assert only_front(np.asarray(image), [line]) is None
