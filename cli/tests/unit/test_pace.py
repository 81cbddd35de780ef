"""How long a stage still takes."""

import pytest
from captionacc_cli.main_job.pace import Pace, observed, seconds_left, time_left


def after(*seen: tuple[float, int]) -> Pace:
    pace: Pace | None = None
    for at_s, done in seen:
        pace = observed(pace, at_s=at_s, done=done)
    assert pace is not None
    return pace


def test_one_report_tells_nothing() -> None:
    assert seconds_left(after((0.0, 5)), at_s=1.0, total=10) is None


def test_a_steady_counter_gives_the_exact_time() -> None:
    pace = after((0.0, 0), (2.0, 10), (4.0, 20), (6.0, 30))
    assert seconds_left(pace, at_s=6.0, total=100) == pytest.approx(14.0)
    assert seconds_left(pace, at_s=7.0, total=100) == pytest.approx(13.0)


def test_a_pause_counts_when_the_counter_moves_again() -> None:
    paused = after((0.0, 0), (1.0, 10), (11.0, 10))
    assert seconds_left(paused, at_s=1.0, total=30) == pytest.approx(2.0)
    assert seconds_left(paused, at_s=11.0, total=30) is None
    moving = observed(paused, at_s=21.0, done=20)
    assert seconds_left(moving, at_s=21.0, total=30) == pytest.approx(10 / 2.875)


def test_a_new_speed_wins_after_a_while() -> None:
    slow = [(10.0 + step, 100 + step) for step in range(1, 61)]
    pace = after((0.0, 0), (10.0, 100), *slow)
    assert pace.per_second == pytest.approx(1.0, abs=0.2)


def test_a_counter_that_runs_backwards_begins_anew() -> None:
    assert after((0.0, 0), (1.0, 50), (2.0, 3)).per_second is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(7.2, "0:07 left"), (59.6, "1:00 left"), (125.0, "2:05 left"), (3723.0, "1:02:03 left")],
)
def test_the_time_left_is_in_hours_minutes_and_seconds(seconds: float, words: str) -> None:
    assert time_left(seconds) == words
