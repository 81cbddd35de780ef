"""How scores add up to figures of a kind."""

import pytest

from benchmarks.layout.figures import CAPTIONED, WITHOUT_CAPTIONS, Case, case, figures
from benchmarks.layout.truth import Box, CaptionTruth, TrackTruth, VideoTruth

REGION = Box(left=0, top=0.8, right=1, bottom=1)
TEXT = Box(left=0.2, top=0.85, right=0.8, bottom=0.95)


def measured(kind: str, *, captions: bool, regions: list[Box], standing: bool = False) -> Case:
    caption = CaptionTruth(start=0, end=1, text="A caption", box=TEXT)
    track = TrackTruth(
        name="bottom",
        script="latin",
        direction="left_to_right",
        captions=[caption],
        standing=standing,
    )
    truth = VideoTruth(
        split="tune",
        kind=kind,
        number=0,
        renderer="pillow",
        width=640,
        height=360,
        frame_rate=25,
        seconds=30,
        footage=[],
        fonts=[],
        tracks=[track] if captions else [],
        distractors=[],
    )
    return case(truth, regions, 4.0)


def test_tracks_found_are_counted_by_kind_and_over_all() -> None:
    result = figures(
        [
            measured("bottom", captions=True, regions=[REGION]),
            measured("bottom", captions=True, regions=[]),
            measured("top", captions=True, regions=[REGION]),
            measured("no_text", captions=False, regions=[REGION]),
        ]
    )
    found = {kind: each.found.value if each.found else None for kind, each in result.items()}
    assert found == {
        "bottom": 0.5,
        "top": 1.0,
        "no_text": None,
        CAPTIONED: pytest.approx(2 / 3),
        WITHOUT_CAPTIONS: None,
    }
    assert result["no_text"].with_false_region.value == 1.0
    assert result[CAPTIONED].with_false_region.value == 0.0


def test_the_interval_holds_the_value_and_narrows_with_agreement() -> None:
    mixed = [
        measured("bottom", captions=True, regions=[REGION] if n % 2 else []) for n in range(10)
    ]
    figure = figures(mixed)["bottom"].found
    assert figure is not None
    assert 0 < figure.low < figure.value < figure.high < 1
    alike = figures([measured("bottom", captions=True, regions=[REGION])] * 10)["bottom"].found
    assert alike is not None
    assert (alike.low, alike.high) == (1.0, 1.0)


def test_processor_seconds_are_given_per_minute_of_video() -> None:
    assert figures([measured("no_text", captions=False, regions=[])])[
        "no_text"
    ].seconds_per_minute == pytest.approx(8.0)


def test_standing_tracks_are_counted_apart() -> None:
    only = figures([measured("stays", captions=True, regions=[], standing=True)])["stays"]
    assert only.found is None
    assert only.standing_found == 0.0
