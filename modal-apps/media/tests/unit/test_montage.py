"""Every picture is on a sheet once, and every symbol comes back to its picture."""

import numpy as np
from captionacc_media.ocr.montage import (
    Row,
    Sheet,
    draw,
    plan_sheets,
    separator_height,
    split,
)
from captionacc_media.text.boxes import TextBox
from hypothesis import given
from hypothesis import strategies as st

_SIZES = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 300)), min_size=0, max_size=60)


def _symbol(left: float, top: float, right: float, bottom: float, text: str = "x") -> TextBox:
    return TextBox(text=text, confidence=0.9, left=left, top=top, right=right, bottom=bottom)


@given(_SIZES, st.integers(1, 12), st.integers(1000, 200_000))
def test_places_each_picture_once_inside_the_limits(
    sizes: list[tuple[int, int]], most_rows: int, most_pixels: int
) -> None:
    sheets = plan_sheets(sizes, most_rows=most_rows, most_pixels=most_pixels)
    rows = [row for sheet in sheets for row in sheet.rows]
    assert [row.position for row in rows] == list(range(len(sizes)))
    for sheet in sheets:
        assert len(sheet.rows) <= most_rows
        assert len(sheet.rows) == 1 or sheet.width * sheet.height <= most_pixels
        assert sheet.rows[0].top == 0
        assert sheet.rows[-1].bottom == sheet.height
        for row in sheet.rows:
            assert row.bottom - row.top == sizes[row.position][1]
            assert sizes[row.position][0] <= sheet.width
        for above, below in zip(sheet.rows, sheet.rows[1:], strict=False):
            heights = sizes[above.position][1], sizes[below.position][1]
            assert below.top - above.bottom == separator_height(max(heights)) >= 10


@given(_SIZES.filter(bool), st.data())
def test_symbols_come_back_to_their_picture(
    sizes: list[tuple[int, int]], data: st.DataObject
) -> None:
    for sheet in plan_sheets(sizes, most_rows=7):
        expected: dict[int, list[TextBox]] = {}
        on_sheet: list[TextBox] = []
        for row in sheet.rows:
            width, height = sizes[row.position]
            found = expected.setdefault(row.position, [])
            for _ in range(data.draw(st.integers(0, 2))):
                top = data.draw(st.integers(0, height - 1))
                bottom = data.draw(st.integers(top + 1, height))
                found.append(_symbol(0, top, width, bottom))
                on_sheet.append(_symbol(0, top + row.top, width, bottom + row.top))
        parts = split(sheet, on_sheet)
        assert parts.unsure == set()
        assert parts.boxes == expected


def test_what_crosses_a_separator_is_read_again() -> None:
    sheet = Sheet(
        rows=[
            Row(position=0, top=0, bottom=50),
            Row(position=1, top=60, bottom=110),
            Row(position=2, top=120, bottom=170),
        ],
        width=100,
        height=170,
    )
    parts = split(sheet, [_symbol(0, 30, 20, 70), _symbol(0, 130, 20, 150, "a")])
    assert parts.unsure == {0, 1}
    assert parts.boxes == {2: [_symbol(0, 10, 20, 30, "a")]}


def test_draws_pictures_where_the_plan_says() -> None:
    images = [np.full((20, 30, 3), value, np.uint8) for value in (50, 100, 150)]
    (sheet,) = plan_sheets([(30, 20)] * 3)
    drawn = draw(sheet, images)
    assert drawn.shape == (sheet.height, sheet.width, 3)
    for row, image in zip(sheet.rows, images, strict=True):
        assert np.array_equal(drawn[row.top : row.bottom], image)
    assert drawn.sum() == sum(int(image.sum()) for image in images), "separators are black"
