"""What becomes of the rows of an older version of the captions."""

import msgspec
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.states import CaptionState
from captionacc_supabase.caption_versions.restoration import restored

LOWER = CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
HIGHER = msgspec.structs.replace(LOWER, crop_top=0.78)
UPPER = CropRegion(crop_left=0.1, crop_top=0.05, crop_right=0.9, crop_bottom=0.2)


def row(number: int, start: int, end: int, *, track: int = 1, version: int = 1) -> StoredCaption:
    """A caption from ``start`` until before ``end``."""
    return StoredCaption(
        id=number,
        version=version,
        track=track,
        start_frame=start,
        end_frame=end - 1,
        state=CaptionState.PREDICTED,
        confidence=0.9,
        text=f"text {number}",
        caption_ocr=None,
        caption_ocr_confidence=None,
        caption_ocr_status=None,
        caption_ocr_error=None,
        end_seconds=end / 10 - 0.01,
    )


def test_rows_get_versions_that_nobody_has_seen() -> None:
    old = [row(1, 0, 10, version=3), row(2, 10, 20, version=2)]
    found = restored(old, [LOWER], [row(1, 0, 20, version=5)], [HIGHER], last_version=8)
    assert found is not None
    # Storing a row that exists counts its version up; a row that was gone comes with its own.
    assert [(each.id, each.version) for each in found.rows] == [(1, 5), (2, 9)]


def test_captions_follow_their_track_and_other_tracks_stay() -> None:
    old = [row(1, 0, 20)]
    now = [row(1, 0, 20, track=1), row(3, 0, 20, track=2)]
    found = restored(old, [UPPER], now, [LOWER, UPPER])
    assert found is not None
    assert found.tracks == [2]
    [new] = found.rows
    # Track 1, which stays, has a row with this id.
    assert (new.id, new.track, new.text) == (-1, 2, "text 1")


def test_a_place_that_is_not_searched_now_is_refused() -> None:
    old = [row(1, 0, 20), row(2, 0, 20, track=2)]
    assert restored(old, [LOWER, UPPER], [row(3, 0, 20)], [LOWER]) is None


def test_rows_end_with_the_video() -> None:
    old = [row(1, 0, 10), row(2, 10, 20), row(3, 20, 30)]
    found = restored(old, [LOWER], [row(4, 0, 15)], [LOWER])
    assert found is not None
    spans = [(each.start_frame, each.end_frame, each.end_seconds) for each in found.rows]
    assert spans == [(0, 9, 0.99), (10, 14, None)]


def test_a_gap_fills_frames_that_the_version_lacks() -> None:
    found = restored([row(1, 0, 10)], [LOWER], [row(4, 0, 15)], [LOWER])
    assert found is not None
    assert [(each.id, each.start_frame, each.end_frame) for each in found.rows] == [
        (1, 0, 9),
        (-1, 10, 14),
    ]
    assert found.rows[-1].is_gap
