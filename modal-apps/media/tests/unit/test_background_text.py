"""Text that still stands when the caption is gone belongs to the background."""

import numpy as np
import numpy.typing as npt
from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.background_text import without_background_text
from captionacc_media.text.from_pictures.letter_ink import grey
from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 640, 200
CAPTION = ("I thought you had left", (320, 165), 28)
SIGN = ("EXIT 24", (200, 40), 30)
Drawn = tuple[str, tuple[int, int], int]


def _picture(*texts: Drawn, seed: int = 1, strength: float = 1.0) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, 4, (HEIGHT, WIDTH, 3))
    scene = np.linspace(60, 150, WIDTH)[None, :, None] + noise
    image = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))
    drawn = image.copy()
    for text, place, size in texts:
        ImageDraw.Draw(drawn).text(
            place, text, "white", ImageFont.load_default(size), "mm", stroke_width=2, stroke_fill=0
        )
    return np.asarray(Image.blend(image, drawn, strength))


def _box(drawn: Drawn) -> TextBox:
    text, place, size = drawn
    left, top, right, bottom = ImageDraw.Draw(Image.new("RGB", SIZE)).textbbox(
        place, text, ImageFont.load_default(size), anchor="mm"
    )
    return TextBox(text=text, confidence=0.9, left=left, top=top, right=right, bottom=bottom)


def _kept(*texts: Drawn, gap: npt.NDArray[np.uint8]) -> list[str]:
    boxes = [_box(each) for each in texts]
    found = without_background_text(boxes, _picture(*texts), [grey(_picture(seed=3)), grey(gap)])
    return [box.text for box in found]


def test_a_sign_that_also_stands_beside_the_caption_in_time_is_left_out() -> None:
    assert _kept(SIGN, CAPTION, gap=_picture(SIGN, seed=2)) == [CAPTION[0]]


def test_a_sign_in_the_row_of_the_caption_is_left_out() -> None:
    sign = ("Cafe", (50, 165), 28)
    assert _kept(sign, CAPTION, gap=_picture(sign, seed=2)) == [CAPTION[0]]


def test_what_comes_and_goes_with_the_caption_stays() -> None:
    assert _kept(SIGN, CAPTION, gap=_picture(seed=2)) == [SIGN[0], CAPTION[0]]


def test_what_fades_out_with_the_caption_stays() -> None:
    fading = _picture(SIGN, seed=2, strength=0.5)
    assert _kept(SIGN, CAPTION, gap=fading) == [SIGN[0], CAPTION[0]]


def test_another_text_in_the_same_place_stays() -> None:
    other = ("SHOP 71", *SIGN[1:])
    assert _kept(SIGN, CAPTION, gap=_picture(other, seed=2)) == [SIGN[0], CAPTION[0]]


def test_a_caption_that_grows_by_a_line_keeps_its_older_line() -> None:
    older = ("first we go down", (320, 130), 28)
    assert _kept(older, CAPTION, gap=_picture(older, seed=2)) == [older[0], CAPTION[0]]


def test_a_caption_that_goes_on_in_the_gap_stays_whole() -> None:
    assert _kept(SIGN, CAPTION, gap=_picture(SIGN, CAPTION, seed=2)) == [SIGN[0], CAPTION[0]]


def test_without_a_gap_nothing_is_left_out() -> None:
    boxes = [_box(SIGN), _box(CAPTION)]
    assert without_background_text(boxes, _picture(SIGN, CAPTION), []) == boxes
