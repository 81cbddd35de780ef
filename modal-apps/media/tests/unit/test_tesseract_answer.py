import pytest
from captionacc_media.ocr.tesseract.answer import LineText, line_texts

HEADING = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)


def word(page: int, left: int, width: int, text: str, confidence: float = 90) -> str:
    return f"5\t{page}\t1\t1\t1\t1\t{left}\t12\t{width}\t40\t{confidence}\t{text}"


def page(number: int) -> str:
    return f"1\t{number}\t0\t0\t0\t0\t0\t0\t500\t72\t-1\t"


def table(*rows: str) -> str:
    return "\n".join([HEADING, *rows]) + "\n"


def test_words_belong_to_the_picture_that_they_were_read_in() -> None:
    answer = table(page(1), word(1, 0, 90, "Новая"), word(1, 100, 90, "Зеландия", 80), page(2))
    assert line_texts(answer, 2, words_are_cut=False) == [
        LineText(text="Новая Зеландия", confidences=[0.9, 0.8]),
        LineText(),
    ]


def test_parts_of_a_cut_word_are_joined_by_their_distance() -> None:
    answer = table(word(1, 0, 30, "수"), word(1, 33, 30, "리"), word(1, 90, 30, "남"))
    assert line_texts(answer, 1, words_are_cut=True)[0].text == "수리 남"
    assert line_texts(answer, 1, words_are_cut=False)[0].text == "수 리 남"


def test_a_line_without_words_has_no_confidence() -> None:
    assert line_texts(table(page(1), word(1, 0, 9, " ")), 1, words_are_cut=False)[0].mean == 0.0


@pytest.mark.parametrize("row", ["5\t1\tcut off", word(3, 0, 10, "of another picture")])
def test_what_is_not_its_table_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match="a row that is not of its table"):
        line_texts(table(row), 2, words_are_cut=False)
