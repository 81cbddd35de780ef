"""What tells captions from other text."""

import numpy as np
import pytest
from captionacc_layout.finding.evidence import Features, features
from captionacc_layout.finding.places import find_places
from captionacc_testkit.seen_text import Screen


def fullest(screen: Screen) -> Features:
    seen = screen.seen()
    return features(find_places(seen.appearances)[0], seen)


def test_text_that_comes_and_goes_with_the_scene_is_bound_to_it() -> None:
    screen = Screen(60).cut(10, 15, 30, 36)
    screen.add(0.3, 0.86, 0.7, 0.92, first=10, last=14)
    screen.add(0.3, 0.86, 0.7, 0.92, first=30, last=35)
    assert fullest(screen).bound > 0.9


def test_cuts_show_nothing_where_the_scene_changes_all_the_time() -> None:
    screen = Screen(60).cut(*range(60))
    for first in (10, 20, 30):
        screen.add(0.3, 0.86, 0.7, 0.92, first=first, last=first + 5)
    assert fullest(screen).bound < 0.1
    assert fullest(screen).free == pytest.approx(np.log1p(6), abs=0.3)


def test_a_text_whose_digits_change_echoes_the_one_before() -> None:
    screen = Screen(60)
    strokes = screen.add(0.06, 0.94, 0.22, 0.98, first=0, last=7)
    changed = strokes.copy()
    changed[:, : changed.shape[1] // 4] = 0
    screen.add(0.06, 0.94, 0.22, 0.98, first=30, last=36, strokes=changed)
    assert fullest(screen).echoes > 0.2
    assert fullest(Screen(60).captions(8)).echoes == 0


def test_a_player_that_shows_its_controls_again_repeats_them() -> None:
    screen = Screen(60)
    strokes = screen.add(0.06, 0.94, 0.22, 0.98, first=0, last=7)
    screen.add(0.06, 0.94, 0.22, 0.98, first=30, last=36, strokes=strokes)
    assert fullest(screen).repeats == 0.5


def test_a_refrain_at_the_usual_place_does_not_count_as_repeated() -> None:
    screen = Screen(60)
    strokes = screen.add(0.3, 0.86, 0.7, 0.92, first=2, last=7)
    screen.add(0.3, 0.86, 0.7, 0.92, first=30, last=36, strokes=strokes)
    assert fullest(screen).repeats == 0


def test_a_player_that_shows_its_controls_again_soon_shows_no_more_captions() -> None:
    screen = Screen(60)
    strokes = screen.add(0.02, 0.03, 0.33, 0.08, first=0, last=5)
    once = fullest(screen)
    screen.add(0.02, 0.03, 0.33, 0.08, first=9, last=12, strokes=strokes)
    again = fullest(screen)
    assert (again.amount, again.free, again.lonely) == (once.amount, once.free, once.lonely)


def test_texts_that_come_in_a_crowd_are_told_from_an_original_and_its_translation() -> None:
    screen = Screen(60)
    for first in (5, 20, 40):
        screen.add(0.02, 0.03, 0.4, 0.08, first=first, last=first + 5)
        screen.add(0.1, 0.8, 0.3, 0.85, first=first + 1, last=first + 5)
    assert fullest(screen).crowd == 0
    screen.add(0.7, 0.4, 0.9, 0.45, first=20, last=25)
    assert fullest(screen).crowd == pytest.approx(1 / 3)


def test_a_column_at_the_side_is_not_in_the_middle_but_a_title_is() -> None:
    column, title = Screen(60), Screen(60)
    for first in (5, 20, 35):
        column.add(0.9, 0.2, 0.94, 0.7, first=first, last=first + 8, vertical=True)
        title.add(0.3, 0.45, 0.7, 0.5, first=first, last=first + 8)
    assert (fullest(column).central, fullest(title).central) == (0, 1)
    for first in (44, 47, 50):
        title.add(0.3, 0.45, 0.7, 0.5, first=first, last=first + 1)
    assert fullest(title).central == 0.5, "there are more captions than titles"


def test_one_text_in_the_middle_is_lonely() -> None:
    screen = Screen(60)
    screen.add(0.3, 0.45, 0.7, 0.5, first=10, last=20)
    assert fullest(screen).lonely == 1
    screen.add(0.3, 0.45, 0.7, 0.5, first=30, last=40)
    assert fullest(screen).lonely == 0.5
    assert fullest(Screen(60).captions(1)).lonely == 0, "usual captions may be alone"
