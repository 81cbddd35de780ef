"""The examples, and the logistic regression behind the confidence of tracks."""

import numpy as np
import pytest
from captionacc_testkit.seen_text import Screen

from benchmarks.layout.fit_confidence import cross_validated, examples_of, fit, log_loss
from benchmarks.layout.truth import Box, CaptionTruth, TrackTruth, VideoTruth


def video(*, standing: bool) -> VideoTruth:
    """One track whose captions fill the lower third of a video of 40 s."""
    box = Box(left=0.0, top=0.66, right=1.0, bottom=1.0)
    caption = CaptionTruth(start=0, end=40, text="", box=box)
    track = TrackTruth(
        name="bottom",
        script="latin",
        direction="left_to_right",
        captions=[caption],
        standing=standing,
    )
    return VideoTruth(
        split="tune",
        kind="bottom",
        number=0,
        renderer="pillow",
        width=640,
        height=360,
        frame_rate=25,
        seconds=40,
        footage=[],
        fonts=[],
        tracks=[track],
        distractors=[],
    )


def test_only_the_fullest_place_of_a_track_is_an_example() -> None:
    screen = Screen(80).captions(9)
    screen.add(0.9, 0.7, 0.96, 0.74, first=5, last=6)
    screen.logo()
    labels = [right for _, right in examples_of(screen.seen(), video(standing=False))]
    assert sorted(labels) == [False, True], "the logo and the captions, without what is left"


def test_a_standing_track_is_no_example() -> None:
    screen = Screen(80).captions(9).logo()
    labels = [right for _, right in examples_of(screen.seen(), video(standing=True))]
    assert labels == [False]


def made_up(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    x = random.normal(size=(count, 3)) * [1, 5, 0.2] + [0, 2, 1]
    y = (random.random(count) < 1 / (1 + np.exp(-(x @ [1.5, -0.4, 0] + 0.3)))).astype(float)
    return x, y


def test_the_weights_that_made_the_labels_come_back() -> None:
    weights, intercept = fit(*made_up(4000))
    assert weights[:2] == pytest.approx([1.5, -0.4], rel=0.12)
    assert abs(weights[2]) < 0.5
    assert intercept == pytest.approx(0.3, abs=0.4)


def test_cross_validation_shows_a_larger_error_than_the_fit_itself() -> None:
    x, y = made_up(60)
    weights, intercept = fit(x, y)
    held_out = cross_validated(x, y, [number // 3 for number in range(60)])
    assert log_loss(y, x @ weights + intercept) < log_loss(y, held_out) < 1
