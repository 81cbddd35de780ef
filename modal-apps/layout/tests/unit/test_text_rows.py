"""Which rows of a frame are read."""

import numpy as np
from captionacc_layout.looking.text_rows import RowRules, Rows, rows_of
from hypothesis import given
from hypothesis import strategies as st

RULES = RowRules(step=32, least=64, most=0.7)


def rows(*with_text: int, height: int = 360, rules: RowRules = RULES) -> list[Rows]:
    may_be_text = np.zeros(36, np.bool_)
    may_be_text[list(with_text)] = True
    return rows_of(may_be_text, height, rules)


def test_a_frame_without_text_is_not_read() -> None:
    assert rows() == []


def test_a_line_is_read_with_room_around_it() -> None:
    assert rows(18) == [Rows(top=153, bottom=217)]


def test_lines_at_the_edges_are_read_inside_the_frame() -> None:
    assert rows(0, 35) == [Rows(top=0, bottom=64), Rows(top=296, bottom=360)]


def test_rows_that_touch_are_read_together() -> None:
    assert rows(18, 21) == [Rows(top=152, bottom=248)]


def test_a_flat_part_gets_the_least_height() -> None:
    assert rows(18, rules=RowRules(step=32, least=100, most=0.7)) == [Rows(top=121, bottom=249)]


def test_a_frame_full_of_text_is_read_whole() -> None:
    assert rows(*range(0, 36, 3)) == [Rows(top=0, bottom=360)]


@given(
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.integers(30, 3000),
    st.floats(1, 200),
    st.floats(1, 500),
)
def test_every_row_that_may_hold_text_is_read_once(
    may_be_text: list[bool], height: int, step: float, least: float
) -> None:
    found = rows_of(np.array(may_be_text), height, RowRules(step=step, least=least, most=0.7))
    edges = [edge for each in found for edge in (each.top, each.bottom)]
    assert edges == sorted(edges)
    assert all(0 <= each.top < each.bottom <= height for each in found)
    cell = height / len(may_be_text)
    for number, has_text in enumerate(may_be_text):
        middle = (number + 0.5) * cell
        assert not has_text or any(each.top - 1 <= middle <= each.bottom + 1 for each in found)
