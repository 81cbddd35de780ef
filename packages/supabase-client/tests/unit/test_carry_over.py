"""Where people's captions go when the extents of a video are found anew."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.frames.extents import CaptionExtent, ExtentKind
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_supabase.caption_versions.carry_over import by_person
from captionacc_supabase.caption_versions.replacement import Replacement, carried_over
from captionacc_testkit.rows import NOW, caption
from hypothesis import given
from hypothesis import strategies as st

LOWER = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
HIGHER = msgspec.structs.replace(LOWER, crop_top=0.78)
UPPER = CropRegion(crop_left=0.1, crop_top=0.05, crop_right=0.9, crop_bottom=0.2)

Span = tuple[int, int]
"""First frame, and the frame after the last one."""


def model(*captions: Span, frames: int = 100) -> list[CaptionExtent]:
    """Extents with these captions, and gaps between them."""
    starts = {start for start, _ in captions}
    cuts = sorted({0, frames, *(at for span in captions for at in span)})
    return [
        CaptionExtent(
            start_frame=start,
            end_frame=end,
            kind=ExtentKind.CAPTION if start in starts else ExtentKind.GAP,
            confidence=0.75,
        )
        for start, end in pairwise(cuts)
    ]


def edited(
    number: int, start: int, end: int, text: str | None = "typed", **changes: Any
) -> StoredCaption:
    """A caption whose text a person typed."""
    fields = {"text": text, "text_edited": True, "edited_at": NOW, "edited_by": "ann"} | changes
    return read(number, start, end, **fields)


def confirmed(number: int, start: int, end: int, **changes: Any) -> StoredCaption:
    return edited(number, start, end, **{"state": "confirmed"} | changes)


def gap(number: int, start: int, end: int) -> StoredCaption:
    """A gap in the place of a caption that a person removed."""
    return edited(number, start, end, state="gap", text=None, text_edited=False)


def read(number: int, start: int, end: int, **changes: Any) -> StoredCaption:
    """A caption of the model."""
    fields = {
        "start_frame": start,
        "end_frame": end - 1,
        "version": 1,
        "text_edited": False,
        "state": "predicted",
    }
    row = caption(number, **fields | changes)
    return msgspec.convert(msgspec.to_builtins(row), StoredCaption)


def carry(former: Sequence[StoredCaption], *captions: Span, frames: int = 100) -> Replacement:
    """Carry over to new extents of one track with almost the same region."""
    return carried_over(former, [LOWER], {1: model(*captions, frames=frames)}, [HIGHER])


def shown(found: Replacement) -> list[tuple[int, int, str, str | None]]:
    """The new captions, and the gaps that a person made."""
    return [
        (row.start_frame, row.end_frame + 1, row.state, row.text)
        for row in found.rows
        if row.state != "gap" or row.edited_at is not None
    ]


def test_equal_extents_keep_everything_that_a_person_did() -> None:
    mine = edited(
        7, 10, 20, text_status="ocr_error", text_notes="?", end_seconds=1.97, caption_ocr="tiped",
        version=4,
    )  # fmt: skip
    found = carry([mine], (10, 20), (30, 40))
    assert shown(found) == [(10, 20, "predicted", "typed"), (30, 40, "predicted", None)]
    row = found.rows[1]
    kept = ("id", "text_status", "text_notes", "end_seconds", "caption_ocr", "edited_by")
    assert {name: getattr(row, name) for name in kept} == {
        name: getattr(mine, name) for name in kept
    }
    assert row.version == 5
    assert (found.carried, found.not_carried) == ([mine], [])


@pytest.mark.parametrize(
    ("mine", "model_span"),
    [((10, 20), (9, 22)), ((10, 20), (12, 18)), ((10, 20), (15, 60)), ((10, 20), (0, 15))],
    ids=["longer", "shorter", "later", "earlier"],
)
def test_a_typed_text_goes_to_the_new_caption_that_shares_half(
    mine: Span, model_span: Span
) -> None:
    found = carry([edited(7, *mine)], model_span)
    assert shown(found) == [(*model_span, "predicted", "typed")]


def test_a_typed_text_takes_no_exact_time_to_another_extent() -> None:
    [_, row, _] = carry([edited(7, 10, 20, text_status="ocr_error")], (10, 21)).rows
    assert (row.text_status, row.start_seconds, row.end_seconds) == (
        "ocr_error",
        None,
        None,
    )


def test_a_caption_where_the_model_finds_none_is_put_into_the_gap() -> None:
    found = carry([edited(7, 10, 20)], (30, 40), (18, 28))
    assert shown(found) == [
        (10, 20, "predicted", "typed"),
        (20, 28, "predicted", None),
        (30, 40, "predicted", None),
    ]


def test_the_text_of_a_caption_that_became_several_goes_to_the_one_that_shares_most() -> None:
    found = carry([edited(7, 10, 50)], (10, 20), (20, 45), (45, 50))
    assert [text for *_, text in shown(found)] == [None, "typed", None]


def test_captions_that_became_one_stay_as_they_are() -> None:
    found = carry([edited(7, 10, 30, "one"), edited(8, 30, 50, "two")], (9, 52))
    assert shown(found) == [(10, 30, "predicted", "one"), (30, 50, "predicted", "two")]


def test_a_confirmed_caption_keeps_its_extent_and_trims_its_neighbours() -> None:
    found = carry([confirmed(7, 10, 20, end_seconds=1.93)], (0, 12), (12, 19), (19, 40))
    assert shown(found) == [
        (0, 10, "predicted", None),
        (10, 20, "confirmed", "typed"),
        (20, 40, "predicted", None),
    ]
    assert found.rows[1].end_seconds == 1.93


@pytest.mark.parametrize("exact", [{"start_seconds": 1.02}, {"end_seconds": 1.98}])
def test_an_exact_time_of_a_person_keeps_the_extent(exact: dict[str, Any]) -> None:
    assert shown(carry([edited(7, 10, 20, **exact)], (8, 22))) == [(10, 20, "predicted", "typed")]


def test_a_caption_that_the_model_finds_longer_leaves_no_scraps() -> None:
    assert shown(carry([confirmed(7, 10, 20)], (5, 24))) == [(10, 20, "confirmed", "typed")]


def test_one_frame_between_two_captions_is_no_caption() -> None:
    found = carry([confirmed(7, 10, 20)], (19, 21), (21, 60))
    assert shown(found) == [(10, 20, "confirmed", "typed"), (21, 60, "predicted", None)]


def test_a_removed_caption_stays_removed() -> None:
    """The gap has joined the gaps beside it, so the history says what was removed."""
    removed = [read(7, 10, 20), read(8, 70, 80)]
    extents = {1: model((11, 20), (30, 40), (72, 80))}
    found = carried_over([gap(9, 0, 50)], [LOWER], extents, [HIGHER], removed=removed)
    assert [(start, end) for start, end, state, _ in shown(found) if state != "gap"] == [
        (30, 40),
        # No gap of a person is here, so this caption was merged or came back since.
        (72, 80),
    ]


def test_a_long_gap_of_a_person_does_not_hide_new_captions() -> None:
    assert (11, 20, "predicted", None) in shown(carry([gap(7, 0, 100)], (11, 20)))


def test_what_the_model_and_ocr_found_is_not_carried() -> None:
    found = carry([read(7, 10, 20, text="read", caption_ocr="read")], (10, 20))
    assert shown(found) == [(10, 20, "predicted", None)]
    assert (found.carried, found.not_carried) == ([], [])


def test_a_caption_after_the_end_of_the_video_is_not_carried() -> None:
    mine, late = confirmed(7, 20, 45), confirmed(8, 50, 60)
    found = carry([mine, late], (0, 10), frames=40)
    assert shown(found) == [(0, 10, "predicted", None), (20, 40, "confirmed", "typed")]
    assert (found.carried, found.not_carried) == ([mine], [late])


def test_an_ocr_that_was_asked_for_ends_with_the_version() -> None:
    waiting = edited(7, 10, 20, caption_ocr="tiped", caption_ocr_status="processing")
    [_, row, _] = carry([waiting], (10, 20)).rows
    assert (row.caption_ocr, row.caption_ocr_status) == ("tiped", "completed")


def test_captions_follow_their_track_to_another_number() -> None:
    low, high = confirmed(7, 10, 20, text="low"), confirmed(8, 12, 22, text="high", track=2)
    new = {1: model((12, 22)), 2: model((10, 20))}
    found = carried_over([low, high], [LOWER, UPPER], new, [UPPER, HIGHER])
    texts = {row.track: row.text for row in found.rows if row.text}
    assert texts == {1: "high", 2: "low"}


def test_captions_of_a_place_that_is_no_longer_searched_are_not_carried() -> None:
    low, high = confirmed(7, 10, 20), confirmed(8, 12, 22, track=2)
    found = carried_over([low, high], [LOWER, UPPER], {1: model((10, 20))}, [LOWER])
    assert (found.carried, found.not_carried) == ([low], [high])
    moved = carried_over([low], [LOWER], {1: model((10, 20))}, [UPPER])
    assert (moved.carried, moved.not_carried) == ([], [low])


def test_of_two_tracks_that_became_one_the_closer_one_wins_where_both_have_captions() -> None:
    around = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.95)
    above = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=0.79)
    low, clash = confirmed(7, 10, 20), confirmed(8, 12, 22, track=2)
    free = confirmed(9, 30, 40, track=2)
    found = carried_over([low, clash, free], [LOWER, above], {1: model()}, [around])
    assert (found.carried, found.not_carried) == ([low, free], [clash])


# Any captions, people's captions among them, and any new extents.

FRAMES = 40
cuts = st.sets(st.integers(1, FRAMES - 1), max_size=10).map(lambda at: sorted({0, FRAMES, *at}))
KINDS = ("model", "model gap", "edited", "edited", "confirmed", "exact", "gap")


@st.composite
def rows(draw: st.DrawFn, track: int = 1) -> list[StoredCaption]:
    """Captions and gaps that tile a track."""
    made = []
    for number, (start, end) in enumerate(pairwise(draw(cuts)), track * 100):
        kind = draw(st.sampled_from(KINDS))
        text = f"text {number}"
        row = {
            "model": read(number, start, end, text=text, caption_ocr=text),
            "model gap": read(number, start, end, state="gap"),
            "edited": edited(number, start, end, text),
            "confirmed": confirmed(number, start, end, text=text),
            "exact": edited(number, start, end, text, start_seconds=start / 10 + 0.04),
            "gap": gap(number, start, end),
        }[kind]
        made.append(msgspec.structs.replace(row, track=track))
    return made


@st.composite
def extents(draw: st.DrawFn, frames: int = FRAMES) -> list[CaptionExtent]:
    return [
        CaptionExtent(
            start_frame=start,
            end_frame=end,
            kind=draw(st.sampled_from(ExtentKind)),
            confidence=0.5,
        )
        for start, end in pairwise(draw(cuts))
    ]


def of_track(found: Replacement, track: int) -> list[StoredCaption]:
    return [row for row in found.rows if row.track == track]


def assert_tiles(new: Sequence[StoredCaption]) -> None:
    frames = [at for row in new for at in range(row.start_frame, row.end_frame + 1)]
    assert frames == list(range(FRAMES))
    assert not any(one.is_gap and other.is_gap for one, other in pairwise(new))


@given(former=rows(), new=extents())
def test_captions_of_people_all_go_on_and_the_track_is_tiled(
    former: list[StoredCaption], new: list[CaptionExtent]
) -> None:
    found = carried_over(former, [LOWER], {1: new}, [HIGHER])
    assert_tiles(of_track(found, 1))
    ids = [row.id for row in found.rows]
    assert len(ids) == len(set(ids))
    new_of = {row.id: row for row in found.rows}
    for row in former:
        if not by_person(row) or row.state == "gap":
            continue
        after = new_of[row.id]
        assert (after.text, after.edited_at, after.state) == (
            row.text,
            row.edited_at,
            row.state,
        )
        if row.state == "confirmed" or row.start_seconds is not None:
            assert (after.start_frame, after.end_frame) == (row.start_frame, row.end_frame)
            assert after.start_seconds == row.start_seconds
    assert found.not_carried == []


@given(former=rows())
def test_the_same_extents_change_nothing_of_people(former: list[StoredCaption]) -> None:
    same = [
        CaptionExtent(
            start_frame=row.start_frame,
            end_frame=row.end_frame + 1,
            kind=ExtentKind.GAP if row.state == "gap" else ExtentKind.CAPTION,
            confidence=0.5,
        )
        for row in former
    ]
    found = carried_over(former, [LOWER], {1: same}, [LOWER])
    after = {
        row.id: (row.start_frame, row.end_frame)
        for row in found.rows
        if not row.is_gap and row.id > 0
    }
    assert after == {
        row.id: (row.start_frame, row.end_frame)
        for row in former
        if by_person(row) and not row.is_gap
    }


@given(
    first=rows(),
    second=rows(track=2),
    new=st.lists(extents(), min_size=1, max_size=2),
    data=st.data(),
)
def test_every_caption_of_a_person_is_carried_or_named(
    first: list[StoredCaption],
    second: list[StoredCaption],
    new: list[list[CaptionExtent]],
    data: st.DataObject,
) -> None:
    around = CropRegion(crop_left=0, crop_top=0, crop_right=1, crop_bottom=1)
    regions = (
        data.draw(st.permutations([LOWER, UPPER]))
        if len(new) == 2
        else [data.draw(st.sampled_from([LOWER, UPPER, around]))]
    )
    found = carried_over([*first, *second], [LOWER, UPPER], dict(enumerate(new, 1)), regions)
    for track, _ in enumerate(new, 1):
        assert_tiles(of_track(found, track))
    people = {row.id for row in (*first, *second) if by_person(row) and row.state != "gap"}
    carried = {row.id for row in found.carried}
    assert carried | {row.id for row in found.not_carried} == people
    texts = {row.id: row.text for row in found.rows if row.id in carried}
    assert texts == {row.id: row.text for row in found.carried}
    if len(new) == 2:
        assert found.not_carried == []
