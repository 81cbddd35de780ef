"""How many captions the texts of a place are."""

import numpy as np
from captionacc_layout.finding.counting import captions_of
from captionacc_testkit.seen_text import Screen

TOP, BOTTOM = 0.86, 0.92


def test_different_texts_are_one_caption_each() -> None:
    screen = Screen(90).captions(8)
    assert len(captions_of(screen.texts)) == 8


def test_the_lines_of_a_caption_are_one_caption() -> None:
    screen = Screen(60)
    screen.add(0.3, 0.78, 0.7, 0.84, first=10, last=15)
    screen.add(0.3, 0.86, 0.7, 0.92, first=11, last=15)
    [caption] = captions_of(screen.texts)
    assert (caption.first, caption.last) == (10, 15)


def test_a_text_that_comes_again_is_not_a_new_caption() -> None:
    screen = Screen(60)
    strokes = screen.add(0.3, TOP, 0.7, BOTTOM, first=2, last=7)
    screen.add(0.3, TOP, 0.7, BOTTOM, first=20, last=25)
    screen.add(0.3, TOP, 0.7, BOTTOM, first=40, last=45, strokes=strokes)
    assert [each.first for each in captions_of(screen.texts)] == [2, 20]


def test_the_pieces_of_a_watermark_are_one_caption() -> None:
    screen = Screen(80)
    whole = np.asarray((screen.random.random((8, 104)) < 0.35) * 220, np.uint8)
    # The first and the last piece have nothing in common: both are pieces of the one between.
    for first, columns in ((0, slice(0, 40)), (20, slice(0, 104)), (50, slice(64, 104))):
        left, right = columns.start / 256, columns.stop / 256
        screen.add(left, TOP, right, BOTTOM, first=first, last=first + 9, strokes=whole[:, columns])
    assert len(captions_of(screen.texts)) == 1


def test_a_text_that_fades_in_is_one_caption() -> None:
    screen = Screen(60)
    strokes = screen.add(0.3, TOP, 0.7, BOTTOM, first=11, last=15)
    screen.add(0.3, TOP, 0.7, BOTTOM, first=10, last=10, strokes=strokes // 3)
    screen.texts.sort(key=lambda each: each.first)
    assert len(captions_of(screen.texts)) == 1


def test_a_caption_is_worth_as_much_as_its_best_text() -> None:
    screen = Screen(60)
    screen.add(0.3, 0.78, 0.7, 0.84, first=10, last=15, certainty=0.6)
    screen.add(0.3, 0.86, 0.7, 0.92, first=10, last=15, certainty=0.9)
    [caption] = captions_of(screen.texts)
    assert caption.worth == 1
