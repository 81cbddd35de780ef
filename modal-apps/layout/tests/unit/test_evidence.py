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


def test_one_text_in_the_middle_is_lonely() -> None:
    screen = Screen(60)
    screen.add(0.3, 0.45, 0.7, 0.5, first=10, last=20)
    assert fullest(screen).lonely == 1
    screen.add(0.3, 0.45, 0.7, 0.5, first=30, last=40)
    assert fullest(screen).lonely == 0.5
    assert fullest(Screen(60).captions(1)).lonely == 0, "usual captions may be alone"
