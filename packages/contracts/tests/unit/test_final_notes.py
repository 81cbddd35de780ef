from typing import Any

import pytest
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.final_notes import final_notes
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import CropTrack, Note, NoteKind
from captionacc_contracts.work.states import CaptionState

LOWER = CropTrack(
    crop_region=CropRegion(crop_left=0.1, crop_top=0.8, crop_right=0.9, crop_bottom=0.95)
)
UPPER = CropTrack(
    crop_region=CropRegion(crop_left=0.1, crop_top=0.05, crop_right=0.9, crop_bottom=0.2)
)
STORED = Note(kind=NoteKind.STANDING_TEXT, message="It stands.")


def caption(number: int, track: int = 1, **changes: Any) -> StoredCaption:
    """A caption of one second that was read with certainty."""
    fields: dict[str, Any] = {
        "id": number,
        "track": track,
        "start_frame": number * 10,
        "end_frame": number * 10 + 9,
        "state": CaptionState.PREDICTED,
        "confidence": 0.9,
        "text": "read",
        "caption_ocr": "read",
        "caption_ocr_confidence": 0.9,
        "caption_ocr_status": None,
        "caption_ocr_error": None,
        "text_status": None,
    }
    return StoredCaption(**(fields | changes))


def test_sure_captions_add_nothing_to_the_stored_notes() -> None:
    gap = caption(2, state=CaptionState.GAP, confidence=0.1)
    assert final_notes([STORED], [caption(1), gap], [LOWER], {1: 1}) == [STORED]
    assert final_notes([], [], [], {}) == []


def test_a_caption_that_could_not_be_read_is_not_doubtful() -> None:
    unread = caption(1, text="", caption_ocr="", caption_ocr_confidence=0.0)
    assert final_notes([STORED], [unread], [LOWER], {1: 1}) == [STORED]


def test_doubtful_captions_of_a_track_get_one_note_with_their_time_and_place() -> None:
    captions = [
        caption(1, confidence=0.4),
        caption(2),
        caption(3, caption_ocr_confidence=0.3),
        caption(4, track=2),
        caption(5, track=2, confidence=0.1),
    ]
    stored, first, second = final_notes([STORED], captions, [LOWER, UPPER], {1: 3, 2: 2})
    assert stored == STORED
    assert first == Note(
        kind=NoteKind.LOW_CONFIDENCE,
        message="2 of 3 captions of track 1 have a confidence below 0.5; compare their times and "
        "texts with the video.",
        start_seconds=1,
        end_seconds=4,
        region=LOWER.crop_region,
    )
    assert (second.start_seconds, second.end_seconds, second.region) == (5, 6, UPPER.crop_region)
    assert second.message.startswith("1 of 2 captions of track 2 has ")


def test_times_are_on_the_clock_of_the_file() -> None:
    (note,) = final_notes([], [caption(1, confidence=0.4)], [LOWER], {1: 1}, 1.5)
    assert (note.start_seconds, note.end_seconds) == (2.5, 3.5)


@pytest.mark.parametrize(
    "decided",
    [
        {"caption_ocr_confidence": 0.1, "text": "typed"},
        {"caption_ocr_confidence": 0.1, "text_status": "valid_caption"},
        {"confidence": 0.1, "caption_ocr_confidence": 0.1, "state": CaptionState.CONFIRMED},
        {"caption_ocr_confidence": 0.1, "text_edited": True},
        {"confidence": 0.5, "caption_ocr_confidence": 0.5},
        {"caption_ocr": None, "text": None, "caption_ocr_confidence": None},
    ],
)
def test_what_a_person_decided_is_not_doubtful(decided: dict[str, Any]) -> None:
    assert final_notes([], [caption(1, **decided)], [LOWER], {1: 1}) == []
