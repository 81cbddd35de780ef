"""Tracks found in the text of a video."""

import numpy as np
import pytest
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import (
    AnchorType,
    SuggestedTrack,
    WritingDirection,
    require_tracks,
    shared_area,
)
from captionacc_layout.finding.regions import LONGEST_ASPECT, SHORTEST_ASPECT
from captionacc_layout.finding.tracks import Found, find_tracks
from captionacc_testkit.seen_text import Screen
from hypothesis import given
from hypothesis import strategies as st

ASPECT = 16 / 9


def found_in(screen: Screen) -> Found:
    return find_tracks(screen.seen(), aspect=ASPECT)


def only(screen: Screen) -> SuggestedTrack:
    (track,) = found_in(screen).tracks
    return track


def holds(region: CropRegion, *, left: float, top: float, right: float, bottom: float) -> bool:
    return (
        region.crop_left <= left
        and region.crop_top <= top
        and region.crop_right >= right
        and region.crop_bottom >= bottom
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("looks", [24, 120, 600])
def test_plain_captions(seed: int, looks: int) -> None:
    drawn = Screen(looks, seed=seed).captions(looks // 8)
    track = only(drawn)
    assert track.anchor_type is AnchorType.CENTER
    assert track.anchor_position == pytest.approx(0.5, abs=0.01)
    assert track.direction is WritingDirection.HORIZONTAL
    for text in drawn.texts:
        assert holds(
            track.crop_region, left=text.left, top=text.top, right=text.right, bottom=text.bottom
        )
    region = track.crop_region
    shape = (region.crop_right - region.crop_left) / (region.crop_bottom - region.crop_top)
    assert SHORTEST_ASPECT - 0.01 <= shape * ASPECT <= LONGEST_ASPECT + 0.01


def test_the_region_leaves_a_line_18_of_the_64_pixels_of_a_band() -> None:
    region = only(Screen(120).captions(15, height=0.03)).crop_region
    line = 0.03 / (region.crop_bottom - region.crop_top) * 64
    assert line >= 18


def test_one_caption_is_enough() -> None:
    drawn = Screen(24)
    drawn.add(0.3, 0.86, 0.7, 0.92, first=6, last=17)
    assert only(drawn).confidence > 0.6


def test_a_caption_that_stays_beside_a_brief_one() -> None:
    drawn = Screen(72)
    drawn.add(0.28, 0.86, 0.72, 0.92, first=0, last=59)
    drawn.add(0.36, 0.86, 0.64, 0.92, first=62, last=67)
    assert holds(only(drawn).crop_region, left=0.28, top=0.86, right=0.72, bottom=0.92)


def test_few_captions_in_a_long_video() -> None:
    """The sightings that are needed do not grow with the length: 15 captions in two hours."""
    drawn = Screen(3600)
    for number in range(15):
        first = 100 + 230 * number
        drawn.add(0.3, 0.86, 0.7, 0.92, first=first, last=first + 1)
    assert only(drawn).confidence > 0.9


def test_many_captions_at_one_place_settle_where_they_are() -> None:
    assert found_in(Screen(120).captions(15)).settled
    assert not found_in(Screen(120).captions(6)).settled, "a longer caption may come"


def test_a_place_that_may_be_a_track_settles_nothing() -> None:
    drawn = Screen(120).captions(15)
    drawn.add(0.05, 0.1, 0.3, 0.15, first=60, last=61)
    found = found_in(drawn)
    assert len(found.tracks) == 1
    assert len(found.runners_up) == 1
    assert not found.settled


def test_text_that_came_and_went_elsewhere_settles_nothing() -> None:
    drawn = Screen(120).captions(15)
    drawn.add(0.4, 0.1, 0.6, 0.13, first=60, last=60)
    found = found_in(drawn)
    assert found.runners_up == []
    assert not found.settled


def test_a_mark_that_stays_does_not_matter() -> None:
    drawn = Screen(120).captions(15)
    drawn.add(0.8, 0.05, 0.95, 0.09, first=0, last=119)
    assert found_in(drawn).settled


def test_lines_of_captions_that_are_shown_again_are_one_place() -> None:
    """A part of a video comes four times; the lines stand too far apart for one row."""
    drawn = Screen(400)
    for part in range(4):
        drawn.random = np.random.default_rng(3)
        for number in range(12):
            first = 100 * part + 8 * number
            if number % 3 == 0:
                drawn.add(0.3, 0.806, 0.7, 0.84, first=first, last=first + 3)
            drawn.add(0.35, 0.892, 0.65, 0.926, first=first, last=first + 3)
    assert only(drawn).crop_region.crop_top < 0.806


def test_tracks_that_overlap_settle_nothing() -> None:
    drawn = Screen(200)
    for number in range(12):
        drawn.add(0.1, 0.72, 0.9, 0.77, first=14 * number, last=14 * number + 5)
        drawn.add(0.1, 0.88, 0.9, 0.93, first=14 * number + 7, last=14 * number + 12)
    found = found_in(drawn)
    one, other = (each.crop_region for each in found.tracks)
    assert shared_area(one, other) > 0
    assert not found.settled


def test_two_places() -> None:
    drawn = Screen(80)
    for number in range(9):
        top = 0.08 if number % 3 == 1 else 0.86
        drawn.add(0.3, top, 0.7, top + 0.06, first=4 + 8 * number, last=8 + 8 * number)
    upper, lower = sorted(found_in(drawn).tracks, key=lambda each: each.crop_region.crop_top)
    assert holds(upper.crop_region, left=0.3, top=0.08, right=0.7, bottom=0.14)
    assert holds(lower.crop_region, left=0.3, top=0.86, right=0.7, bottom=0.92)


def test_two_speakers_in_one_row() -> None:
    drawn = Screen(90)
    for number in range(10):
        left = 0.05 if number % 2 else 0.62
        first = 3 + 8 * number
        drawn.add(left, 0.86, left + 0.2 + 0.01 * number, 0.92, first=first, last=first + 4)
    one, other = sorted(found_in(drawn).tracks, key=lambda each: each.crop_region.crop_left)
    assert one.crop_region.crop_right <= 0.62
    assert other.crop_region.crop_left >= 0.34


def test_two_speakers_share_the_room_between_them() -> None:
    """Few captions were seen, so each track has room for longer ones, but not the other's."""
    drawn = Screen(80)
    for number in range(6):
        left, right = (0.67, 0.88 + 0.01 * number) if number % 2 else (0.06, 0.3 - 0.03 * number)
        first = 3 + 12 * number
        drawn.add(left, 0.86, right, 0.91, first=first, last=first + 7)
    one, other = sorted(found_in(drawn).tracks, key=lambda each: each.crop_region.crop_left)
    assert one.crop_region.crop_right == other.crop_region.crop_left == pytest.approx(0.485)


def test_two_speakers_in_a_film_that_is_cut_all_the_time() -> None:
    drawn = Screen(60)
    drawn.cut(*drawn.random.choice(60, 30, replace=False).tolist())
    for number in range(8):
        left = 0.05 if number % 2 else 0.62
        first = 2 + 7 * number
        drawn.add(left, 0.86, left + 0.2 + 0.01 * number, 0.91, first=first, last=first + 5)
    assert len(found_in(drawn).tracks) == 2


def test_a_speaker_of_few_words_opposite_another_is_a_track() -> None:
    drawn = Screen(60)
    for number in range(7):
        first = 2 + 8 * number
        if number in (1, 4):
            drawn.add(0.05, 0.86, 0.21, 0.91, first=first, last=first + 5)
        else:
            drawn.add(0.74 - 0.02 * number, 0.86, 0.95, 0.91, first=first, last=first + 5)
    assert len(found_in(drawn).tracks) == 2


def test_text_at_one_side_while_a_caption_stands_is_not_a_speaker() -> None:
    drawn = Screen(60).captions(6)
    texts = list(drawn.texts)
    drawn.add(0.05, 0.86, 0.16, 0.91, first=texts[0].first, last=texts[0].last)
    assert len(found_in(drawn).tracks) == 1


def test_lines_of_a_font_with_much_room_between_them_are_one_track() -> None:
    drawn = Screen(70)
    for number in range(7):
        first, last = 3 + 9 * number, 8 + 9 * number
        shift = 0.02 * (number % 3)
        drawn.add(0.38 - shift, 0.86, 0.62 + shift, 0.89, first=first, last=last)
        if number in (2, 5):
            drawn.add(0.36, 0.74, 0.64, 0.77, first=first, last=last)
    assert holds(only(drawn).crop_region, left=0.34, top=0.74, right=0.66, bottom=0.89)


def test_a_translation_that_nearly_touches_the_original_is_a_track_of_its_own() -> None:
    drawn = Screen(90)
    for number in range(9):
        first, last = 3 + 9 * number, 8 + 9 * number
        shift = 0.02 * (number % 4)
        drawn.add(0.3 - shift, 0.6, 0.7 + shift, 0.65, first=first, last=last)
        if number in (2, 5, 7):
            drawn.add(0.3, 0.67, 0.7, 0.72, first=first, last=last)
        if number in (4, 5):
            drawn.add(0.3, 0.79, 0.7, 0.84, first=first, last=last)
        drawn.add(0.25 + shift, 0.86, 0.75 - shift, 0.91, first=first, last=last)
    upper, lower = sorted(found_in(drawn).tracks, key=lambda each: each.crop_region.crop_top)
    assert holds(upper.crop_region, left=0.24, top=0.6, right=0.76, bottom=0.72)
    assert holds(lower.crop_region, left=0.25, top=0.79, right=0.75, bottom=0.91)


def test_spaced_capitals_of_which_letters_are_missed_are_one_centred_track() -> None:
    drawn = Screen(80)
    for number in range(8):
        half, first = 0.14 + 0.01 * number, 3 + 9 * number
        last = first + 6
        drawn.add(0.5 - half, 0.86, 0.45, 0.9, first=first, last=last, certainty=0.63)
        drawn.add(0.52, 0.86, 0.5 + half, 0.9, first=first, last=last, certainty=0.63)
    track = only(drawn)
    assert track.anchor_type is AnchorType.CENTER
    assert holds(track.crop_region, left=0.29, top=0.86, right=0.71, bottom=0.9)


def test_columns_at_a_side() -> None:
    drawn = Screen(60).captions(6)
    for number in range(5):
        first = 4 + 11 * number
        length = 0.3 + 0.06 * number
        drawn.add(0.9, 0.1, 0.94, 0.1 + length, first=first, last=first + 5, vertical=True)
    (side,) = (
        each for each in found_in(drawn).tracks if each.direction is WritingDirection.VERTICAL
    )
    assert holds(side.crop_region, left=0.9, top=0.1, right=0.94, bottom=0.64)
    assert side.anchor_type is AnchorType.LEFT, "columns begin at one height"


def test_two_lines_of_one_caption_are_one_track() -> None:
    drawn = Screen(60)
    for number in range(6):
        first, last = 3 + 9 * number, 8 + 9 * number
        drawn.add(0.35, 0.8, 0.65, 0.85, first=first, last=last)
        drawn.add(0.4, 0.88, 0.6, 0.91, first=first, last=last)
    assert holds(only(drawn).crop_region, left=0.35, top=0.8, right=0.65, bottom=0.91)


def test_lines_far_apart_that_come_and_go_together_are_one_track() -> None:
    """Some scripts have wide distances of lines."""
    drawn = Screen(60)
    for number in range(6):
        first, last = 3 + 9 * number, 8 + 9 * number
        shift = 0.03 * (number % 3)
        drawn.add(0.35 - shift, 0.72, 0.6 + shift, 0.76, first=first, last=last)
        drawn.add(0.38 - shift, 0.84, 0.7, 0.88, first=first, last=last)
    assert holds(only(drawn).crop_region, left=0.32, top=0.72, right=0.7, bottom=0.88)


def test_words_far_apart_are_one_track() -> None:
    drawn = Screen(60)
    for number in range(6):
        first, last = 3 + 9 * number, 8 + 9 * number
        blank = 0.5 + 0.02 * (number % 3)
        drawn.add(0.3, 0.86, blank - 0.04, 0.91, first=first, last=last)
        drawn.add(blank, 0.86, 0.7, 0.91, first=first, last=last)
    assert holds(only(drawn).crop_region, left=0.3, top=0.86, right=0.7, bottom=0.91)


@pytest.mark.parametrize("seed", range(6))
def test_other_text_is_not_a_track(seed: int) -> None:
    assert found_in(Screen(80, seed=seed).logo().scene_text(12)).tracks == []


def test_a_title_card_in_the_middle_is_not_a_track() -> None:
    drawn = Screen(56)
    drawn.add(0.37, 0.31, 0.63, 0.36, first=4, last=9)
    drawn.add(0.37, 0.42, 0.63, 0.47, first=4, last=9)
    assert found_in(drawn).tracks == []


def test_the_controls_of_a_player_are_not_tracks() -> None:
    drawn = Screen(56)
    title = drawn.add(0.02, 0.04, 0.44, 0.08, first=0, last=7)
    times = drawn.add(0.06, 0.94, 0.22, 0.98, first=0, last=7)
    later = times.copy()
    later[:, : later.shape[1] // 5] = 0
    drawn.add(0.02, 0.04, 0.44, 0.08, first=32, last=38, strokes=title)
    drawn.add(0.06, 0.94, 0.22, 0.98, first=32, last=38, strokes=later)
    assert found_in(drawn).tracks == []


def test_signs_that_slide_past_the_camera_are_not_tracks() -> None:
    drawn = Screen(64)
    for step in range(9):
        top = 0.92 - 0.015 * step
        drawn.add(0.42, top, 0.57, top + 0.05, first=27 + step, last=27 + step, steadiness=0.76)
    assert found_in(drawn).tracks == []


@pytest.mark.parametrize("seed", range(4))
def test_captions_among_other_text(seed: int) -> None:
    drawn = Screen(80, seed=seed).captions(9).logo().scene_text(12)
    assert only(drawn).crop_region.crop_top > 0.7


def test_a_logo_beside_the_captions_stays_outside() -> None:
    drawn = Screen(80).captions(9).logo(left=0.88, top=0.87)
    assert only(drawn).crop_region.crop_right <= 0.88


def test_no_text() -> None:
    assert found_in(Screen(10)) == Found(tracks=[], runners_up=[], notes=[], settled=False)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.95),
            st.floats(0, 0.95),
            st.floats(0.02, 1),
            st.floats(0.02, 1),
            st.integers(0, 11),
            st.integers(0, 11),
            st.booleans(),
            st.floats(0.5, 1),
        ),
        max_size=20,
    ),
    st.floats(0.2, 5),
)
def test_any_text_gives_valid_tracks(
    texts: list[tuple[float, float, float, float, int, int, bool, float]], aspect: float
) -> None:
    drawn = Screen(12)
    for left, top, width, height, first, last, vertical, certainty in texts:
        drawn.add(
            left,
            top,
            min(1, left + width),
            min(1, top + height),
            first=min(first, last),
            last=max(first, last),
            vertical=vertical,
            certainty=certainty,
        )
    found = find_tracks(drawn.seen(), aspect=aspect)
    if found.tracks:
        require_tracks([each.crop_region for each in found.tracks])
    for track in (*found.tracks, *found.runners_up):
        assert 0 <= track.confidence <= 1
        region = track.crop_region
        assert 0 <= region.crop_left < region.crop_right <= 1
        assert 0 <= region.crop_top < region.crop_bottom <= 1
