"""What recurs beside the captions goes; what captions say again stays."""

import time

import pytest
from captionacc_media.ocr.pages import page_text, without_standing_text
from captionacc_media.ocr.protocol import OcrPage
from captionacc_media.text.boxes import TextBox
from captionacc_media.text.usual_lines import font_size
from hypothesis import given, settings
from hypothesis import strategies as st

WIDTH = 1000.0
SAYINGS = [
    "The boats came back",
    "nobody had slept that night",
    "It was quiet",
    "until somebody knocked",
    "Who could it be now?",
    "We waited for the morning",
    "and then we went home",
]


def box(text: str, left: float, top: float, *, em: float = 40.0) -> TextBox:
    """A box as tight as its letters, as the local engine gives; ``top`` is that of the line."""
    low = not any(each.isupper() or each in "bdfhijklt?0124:~" for each in text)
    deep = any(each in "gjpqy,(" for each in text)
    upper = top + (0.2 * em if low else 0.0)
    lower = top + em * (0.94 if deep else 0.73)
    return TextBox(
        text=text,
        confidence=0.9,
        left=left,
        top=upper,
        right=left + 0.5 * em * len(text),
        bottom=lower,
    )


def centred(text: str, top: float, *, em: float = 40.0) -> TextBox:
    return box(text, WIDTH / 2 - 0.25 * em * len(text), top, em=em)


def caption(text: str, *, em: float = 40.0) -> list[TextBox]:
    """Lines of a caption, one below the other, its middle always in one place."""
    lines = text.split("\n")
    first = 100 - 0.6 * em * len(lines)
    return [centred(line, first + 1.2 * em * at, em=em) for at, line in enumerate(lines)]


def texts(pages: list[OcrPage]) -> list[str]:
    return [page_text(page)[0] for page in without_standing_text(pages)]


def beside(says: list[str], *signs: TextBox) -> list[OcrPage]:
    return [OcrPage(boxes=[*caption(text), *signs]) for text in says]


@pytest.mark.parametrize(
    "sign",
    [
        box("~: bash", 20, 150, em=18),
        centred("~: bash", 150, em=18),
        box("~: bash", 20, 30),
        box("NEWS 24", 840, 78),
        centred("LIVE", 75, em=110),
        centred("Channel Nine", 5),
    ],
    ids=["small and aside", "small below", "in a corner", "in the captions' row", "huge", "above"],
)
def test_a_sign_of_another_size_or_place_is_left_out(sign: TextBox) -> None:
    assert texts(beside(SAYINGS, sign)) == SAYINGS


def test_a_sign_need_not_be_on_every_page_nor_be_read_alike() -> None:
    readings = ["~: bash", "-: bash", "~: bosh", "bash"]
    pages = [
        OcrPage(boxes=[*caption(text), box(reading, 20, 150, em=18)])
        for text, reading in zip(SAYINGS, readings, strict=False)
    ]
    pages += beside(SAYINGS[4:])
    assert texts(pages) == SAYINGS


def test_a_clock_is_one_text() -> None:
    pages = [
        OcrPage(boxes=[*caption(text), box(f"12:0{at}", 880, 10, em=22)])
        for at, text in enumerate(SAYINGS)
    ]
    assert texts(pages) == SAYINGS


def test_two_signs_go_together() -> None:
    signs = box("~: bash", 20, 150, em=18), box("NEWS 24", 840, 10, em=22)
    assert texts(beside(SAYINGS, *signs)) == SAYINGS


def test_signs_without_a_caption_stay() -> None:
    sign, clock = box("~: bash", 20, 150, em=18), box("NEWS 24", 840, 10, em=22)
    alone = OcrPage(boxes=[sign]), OcrPage(boxes=[sign, clock])
    found = without_standing_text([*beside(SAYINGS, sign, clock), *alone])
    assert found[-2:] == list(alone)


def test_fewer_than_three_ranges_prove_nothing() -> None:
    sign = box("~: bash", 20, 150, em=18)
    pages = [*beside(SAYINGS[:2], sign), *beside(SAYINGS[2:])]
    assert without_standing_text(pages) == pages


def test_the_same_caption_in_several_ranges_proves_nothing() -> None:
    sign = box("~: bash", 20, 150, em=18)
    pages = [*beside([SAYINGS[0]] * 5, sign), *beside(SAYINGS[1:])]
    assert without_standing_text(pages) == pages


def test_what_moves_with_the_caption_stays() -> None:
    pages = [
        OcrPage(boxes=[*caption(text), box("~: bash", 20 + 200 * at, 150, em=18)])
        for at, text in enumerate(SAYINGS[:4])
    ]
    assert without_standing_text(pages) == pages


@pytest.mark.parametrize(
    "says",
    [
        ["Yes.", "Yes.", "Yes.", *SAYINGS],
        [f"{text}\nor so" for text in SAYINGS],
        [f"{text}\nno no no" for text in SAYINGS[:3]] + SAYINGS[3:] * 5,
        [f"ANNA:\n{text}" for text in SAYINGS],
        [f"ANNA:\n{text}" for text in SAYINGS[:3]] + SAYINGS[3:] * 5,
        [f"{text}\nYes.\nno" for text in SAYINGS],
        ["A\nAA", "B\nAA", "AA\nAA"],
    ],
    ids=[
        "repeated",
        "second line",
        "rare second line",
        "speaker",
        "rare speaker",
        "three lines",
        "capitals",
    ],
)
def test_what_captions_say_again_stays(says: list[str]) -> None:
    assert texts(beside(says)) == says


def test_a_speaker_named_before_the_line_stays() -> None:
    pages = [
        OcrPage(boxes=[box("ANNA:", 100, 80), box(text, 215, 80)])
        if at % 2
        else OcrPage(boxes=[box(text, 100, 80)])
        for at, text in enumerate(SAYINGS)
    ]
    assert without_standing_text(pages) == pages


def test_a_speaker_named_above_the_left_of_a_line_stays() -> None:
    pages = [
        OcrPage(boxes=[line, box("ANNA:", line.left, line.top - 48)])
        for text in SAYINGS
        for line in caption(text)
    ]
    assert without_standing_text(pages) == pages


def test_a_smaller_second_language_that_repeats_stays() -> None:
    small = ["或许", "谁知道", "或许", "或许", "不会吧", "或许", "再见了朋友"]
    pages = [
        OcrPage(boxes=[*caption(text), centred(below, 140, em=26)])
        for text, below in zip(SAYINGS, small, strict=True)
    ]
    assert without_standing_text(pages) == pages


def test_captions_all_over_the_picture_set_nothing_apart() -> None:
    places = [(10, 10), (300, 60), (600, 140), (80, 200), (450, 260), (500, 20), (200, 320)]
    pages = [
        OcrPage(boxes=[box(text, left, top), box("really", 700, 180)])
        for text, (left, top) in zip(SAYINGS, places, strict=True)
    ]
    assert without_standing_text(pages) == pages


def test_pages_with_errors_and_without_text_pass_through() -> None:
    odd = OcrPage(error="refused"), OcrPage(), OcrPage(boxes=[box("...", 20, 150, em=18)])
    sign = box("~: bash", 20, 150, em=18)
    found = without_standing_text([*odd, *beside(SAYINGS, sign)])
    assert found == [*odd, *beside(SAYINGS)]
    assert without_standing_text([]) == []
    assert without_standing_text(list(odd)) == list(odd)


def test_boxes_without_a_size_are_no_measure() -> None:
    flat = TextBox(text="flat", confidence=0.9, left=5, top=5, right=9, bottom=5)
    pages = beside(SAYINGS, flat)
    assert without_standing_text(pages) == pages
    assert without_standing_text([OcrPage(boxes=[flat])] * 3) == [OcrPage(boxes=[flat])] * 3


def test_letters_do_not_change_the_size_of_a_font() -> None:
    sizes = [font_size(box(text, 0, 0)) for text in ("no", "Yes", "jumpy", "even so, gone")]
    assert sizes == pytest.approx([40] * 4, rel=0.1)


PHRASES = st.text("abcdefghij klmnopqrstuvwxyzABC", min_size=1, max_size=30).map(str.strip)
WORDS = PHRASES.filter(bool)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=2).map("\n".join), max_size=12), st.data())
@settings(deadline=None)
def test_no_caption_in_the_captions_own_place_ever_changes(
    some: list[str], data: st.DataObject
) -> None:
    says = data.draw(st.lists(st.sampled_from(some), max_size=30)) if some else []
    assert without_standing_text(beside(says)) == beside(says)


@st.composite
def pages_with_signs(draw: st.DrawFn) -> list[OcrPage]:
    signs = draw(
        st.lists(
            st.builds(
                box,
                st.sampled_from(["~: bash", "LIVE", "Yes.", "...", "24", "BBC"]),
                st.sampled_from([0.0, 20.0, 480.0, 900.0]),
                st.sampled_from([0.0, 76.0, 100.0, 170.0]),
                em=st.sampled_from([15.0, 40.0, 90.0]),
            ),
            max_size=3,
        )
    )
    says = st.lists(st.sampled_from([*SAYINGS, "Yes."]), max_size=2).map("\n".join)
    pages = draw(st.lists(st.tuples(says, st.booleans()), max_size=20))
    return [
        OcrPage(boxes=[*(caption(text) if text else []), *(signs if shown else [])])
        for text, shown in pages
    ]


@given(pages_with_signs())
@settings(deadline=None)
def test_boxes_are_only_left_out_and_never_all_of_a_page(pages: list[OcrPage]) -> None:
    found = without_standing_text(pages)
    assert len(found) == len(pages)
    for before, after in zip(pages, found, strict=True):
        remaining = iter(before.boxes)
        assert all(any(box is each for each in remaining) for box in after.boxes)
        assert bool(page_text(before)[0]) == bool(page_text(after)[0])


@given(
    st.permutations(range(12)),
    st.integers(3, 12),
    st.sampled_from([15.0, 20.0, 90.0]),
    st.sampled_from([5.0, 480.0, 900.0]),
)
@settings(deadline=None)
def test_a_sign_of_another_size_goes_wherever_it_is(
    order: list[int], shown: int, em: float, left: float
) -> None:
    says = [*SAYINGS, "Come in", "Sit down here", "What for?", "Just do", "Whatever you say"]
    sign = box("~: bash", left, 0 if em > 40 else 160, em=em)
    pages = [OcrPage(boxes=[*caption(says[at]), *([sign] if at < shown else [])]) for at in order]
    assert texts(pages) == [says[at] for at in order]


def test_a_long_film_takes_seconds() -> None:
    words = [f"{first} {second}" for first in "abcdefghijklmnopqrst" for second in SAYINGS]
    says = [f"{words[at % 140]} {at * 7919 % 1000:b}" for at in range(3000)]
    sign = box("~: bash", 20, 150, em=18)
    pages = [
        OcrPage(boxes=[*caption(text + "\n" * (at % 3) + text[: 8 * (at % 3)]), sign])
        for at, text in enumerate(says)
    ]
    start = time.process_time()
    found = without_standing_text(pages)
    assert time.process_time() - start < 15
    assert not any(sign in page.boxes for page in found)
