"""How the movement of text is measured."""

import pytest
from captionacc_layout.finding.movement import sliding
from captionacc_testkit.seen_text import Screen


def slid_share(screen: Screen) -> float:
    texts = screen.seen().appearances
    return sliding(texts, texts)


def test_a_sign_before_a_moving_camera_slides() -> None:
    """Its strokes change, so that its picture does not come back."""
    screen = Screen(20)
    for step in range(6):
        top = 0.5 - 0.03 * step
        screen.add(0.4, top, 0.6, top + 0.06, first=2 + step, last=2 + step)
    assert slid_share(screen) == 1


@pytest.mark.parametrize("anchor", ["left", "centre", "right"])
def test_captions_of_other_lengths_do_not_slide(anchor: str) -> None:
    screen = Screen(40)
    for number in range(6):
        long = 0.3 + 0.02 * (number % 3)
        left = {"left": 0.1, "centre": 0.5 - long / 2, "right": 0.9 - long}[anchor]
        first = 2 + 6 * number
        screen.add(left, 0.86, left + long, 0.92, first=first, last=first + 5)
    assert slid_share(screen) == 0


def test_a_second_line_does_not_slide() -> None:
    screen = Screen(20)
    screen.add(0.3, 0.86, 0.7, 0.92, first=2, last=6)
    screen.add(0.3, 0.79, 0.7, 0.92, first=7, last=12, lines=2)
    assert slid_share(screen) == 0
