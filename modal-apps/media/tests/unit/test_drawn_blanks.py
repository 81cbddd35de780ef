"""Blanks between Chinese and Latin words come back where the picture shows them."""

import numpy as np
import numpy.typing as npt
import pytest
from captionacc_media.text.boxes import TextBox
from captionacc_media.text.from_pictures.drawn_blanks import with_drawn_blanks

EM = 40
MARGIN = 30


def _drawn(text: str, *, ink: int = 255, paper: int = 90) -> npt.NDArray[np.uint8]:
    """A grey picture with two bars for each character, as wide as characters usually are."""
    picture = np.full((2 * MARGIN + EM, 40 * EM), paper, np.uint8)
    left = float(MARGIN)
    for character in text:
        width = 0.25 * EM if character == " " else EM if ord(character) > 0x2E7F else 0.58 * EM
        if character != " ":
            start, end = round(left + 0.06 * EM), round(left + width - 0.06 * EM)
            picture[MARGIN + 4 : MARGIN + 10, start:end] = ink
            picture[MARGIN + EM - 8 : MARGIN + EM - 2, start:end] = ink
        left += width
    return picture[:, : round(left) + MARGIN]


def _read(text: str, picture: npt.NDArray[np.uint8]) -> str:
    box = TextBox(
        text=text,
        confidence=0.9,
        left=MARGIN - 6,
        top=MARGIN - 6,
        right=picture.shape[1] - MARGIN + 6,
        bottom=MARGIN + EM + 6,
    )
    return with_drawn_blanks([box], picture)[0].text


@pytest.mark.parametrize(
    "text",
    [
        "USB 接口坏了",
        "请打开 USB 设置",
        "他说 OK 了",
        "在 2024 年",
        "ドアは A と B です",
        "打开App",
        "第3章结束",
        "第3章 A 结束",
        "没问题",
        "No problem",
    ],
)
@pytest.mark.parametrize(("ink", "paper"), [(255, 90), (10, 220)])
def test_blanks_are_as_drawn(text: str, ink: int, paper: int) -> None:
    borders = text.replace(" ", "") if text != "No problem" else text
    assert _read(borders, _drawn(text, ink=ink, paper=paper)) == text


def test_a_picture_without_strokes_changes_nothing() -> None:
    picture = np.full((100, 400), 90, np.uint8)
    assert _read("USB接口坏了", picture) == "USB接口坏了"


def test_a_box_outside_the_picture_changes_nothing() -> None:
    box = TextBox(text="A计划", confidence=1, left=500, top=5, right=600, bottom=30)
    assert with_drawn_blanks([box], np.zeros((50, 100), np.uint8)) == [box]
