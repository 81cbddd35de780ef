"""Which regions count as a found track."""

import pytest

from benchmarks.layout.scoring import hull, score, share_held
from benchmarks.layout.truth import Box, CaptionTruth, TrackTruth

WHOLE = Box(left=0, top=0, right=1, bottom=1)


def box(left: float, top: float, right: float, bottom: float) -> Box:
    return Box(left=left, top=top, right=right, bottom=bottom)


def track(*boxes: Box, name: str = "bottom", standing: bool = False) -> TrackTruth:
    return TrackTruth(
        name=name,
        script="latin",
        direction="left_to_right",
        standing=standing,
        captions=[
            CaptionTruth(start=2.0 * n, end=2.0 * n + 1, text="A caption", box=each)
            for n, each in enumerate(boxes)
        ],
    )


BOTTOM = track(box(0.3, 0.85, 0.7, 0.9), box(0.2, 0.85, 0.8, 0.9))
TOP = track(box(0.3, 0.05, 0.7, 0.1), name="top")
BOTTOM_REGION, TOP_REGION = box(0.1, 0.83, 0.9, 0.92), box(0.1, 0.03, 0.9, 0.12)


def test_a_region_around_all_texts_finds_the_track() -> None:
    (found,) = score([BOTTOM], [BOTTOM_REGION]).tracks
    assert found.is_found
    assert found.held == pytest.approx(1.0)
    assert found.height_ratio == pytest.approx(0.09 / 0.05)
    assert found.area_ratio == pytest.approx(0.8 * 0.09 / (0.6 * 0.05))


def test_a_region_that_cuts_the_longer_text_does_not_find_the_track() -> None:
    result = score([BOTTOM], [box(0.25, 0.83, 0.75, 0.92)])
    assert not result.tracks[0].is_found
    assert result.tracks[0].held == pytest.approx((0.4 + 0.5) / (0.4 + 0.6))
    assert result.false_regions == 1


def test_a_text_counts_by_its_area_and_its_seconds() -> None:
    long = CaptionTruth(start=0, end=9, text="a", box=box(0, 0, 0.5, 0.1))
    short = CaptionTruth(start=9, end=10, text="b", box=box(0.5, 0, 1, 0.1))
    both = TrackTruth(name="t", script="latin", direction="left_to_right", captions=[long, short])
    assert share_held(both, box(0, 0, 0.5, 1)) == pytest.approx(0.9)


def test_two_tracks_need_two_regions() -> None:
    assert all(t.is_found for t in score([BOTTOM, TOP], [TOP_REGION, BOTTOM_REGION]).tracks)
    alone = score([BOTTOM, TOP], [WHOLE])
    assert sum(t.is_found for t in alone.tracks) == 1
    assert alone.false_regions == 0


def test_a_wide_region_is_left_to_the_track_that_has_no_other() -> None:
    result = score([BOTTOM, TOP], [WHOLE, BOTTOM_REGION])
    assert all(t.is_found for t in result.tracks)
    assert result.tracks[0].height_ratio == pytest.approx(0.09 / 0.05)


def test_the_smaller_of_two_regions_counts_and_the_other_is_false() -> None:
    result = score([BOTTOM], [WHOLE, BOTTOM_REGION])
    assert result.tracks[0].height_ratio == pytest.approx(0.09 / 0.05)
    assert result.false_regions == 1


def test_a_standing_track_takes_no_region_from_a_changing_one() -> None:
    standing = track(box(0.3, 0.05, 0.7, 0.1), name="top", standing=True)
    result = score([standing, BOTTOM], [WHOLE])
    assert [t.is_found for t in result.tracks] == [False, True]


def test_each_region_of_a_video_without_captions_is_false() -> None:
    assert score([], [BOTTOM_REGION, TOP_REGION]).false_regions == 2
    assert score([], []).false_regions == 0


def test_without_a_region_nothing_is_found() -> None:
    (missed,) = score([BOTTOM], []).tracks
    assert not missed.is_found
    assert missed.held == 0


def test_the_hull_holds_every_text() -> None:
    assert hull(BOTTOM) == box(0.2, 0.85, 0.8, 0.9)
