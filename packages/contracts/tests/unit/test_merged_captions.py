"""What becomes of texts and judgements when captions are merged or split."""

import pickle
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.edited_captions import EditedCaptions
from captionacc_contracts.editing.operations import Merge, Operation, Seen, Split, Update
from captionacc_contracts.editing.pen import Editor
from captionacc_contracts.editing.refusals import CaptionChangedError
from captionacc_contracts.errors import PermanentError
from captionacc_contracts.work.states import CaptionState, OcrStatus, TextStatus

pytestmark = pytest.mark.unit

EDITOR = Editor(user_id="someone", at=datetime(2026, 1, 2, tzinfo=UTC))


def caption(number: int, read: str | None = None, **fields: Any) -> StoredCaption:
    """Caption ``number`` of three of ten frames each; OCR read its text, if it has one."""
    row = StoredCaption(
        id=number,
        start_frame=10 * number - 10,
        end_frame=10 * number - 1,
        state=CaptionState.PREDICTED,
        confidence=0.9,
        text=read,
        caption_ocr=read,
        caption_ocr_confidence=None if read is None else 0.8,
        caption_ocr_status=None if read is None else OcrStatus.COMPLETED,
        caption_ocr_error=None,
    )
    return msgspec.structs.replace(row, **fields)


def edited(rows: list[StoredCaption], *operations: Operation) -> list[StoredCaption]:
    captions = EditedCaptions(rows, frame_count=30, first_picture_s=0.0, editor=EDITOR)
    for operation in operations:
        captions.apply(operation)
    return captions.rows


def test_different_texts_stand_below_each_other_and_stay_with_ocr() -> None:
    rows = [caption(1, "one"), caption(2, "one"), caption(3, "two")]
    listed = [Seen(caption=1), Seen(caption=3)]
    [row] = edited(rows, Merge(caption=2, others=listed))
    assert (row.id, row.start_frame, row.end_frame) == (2, 0, 29)
    assert (row.text, row.caption_ocr, row.text_edited) == ("one\ntwo", "one\ntwo", False)
    assert (row.edited_by, row.edited_at) == (EDITOR.user_id, EDITOR.at)


@pytest.mark.parametrize(
    "decided",
    [
        {"state": CaptionState.CONFIRMED},
        {"text_status": TextStatus.VALID_CAPTION},
        {"text": "typed", "text_edited": True},
    ],
)
def test_a_part_that_a_person_decided_on_keeps_ocr_away(decided: dict[str, Any]) -> None:
    rows = [caption(1, "one", **decided), caption(2, "two"), caption(3)]
    row, _ = edited(rows, Merge(caption=2, others="previous"))
    assert (row.text_edited, row.state, row.text_status) == (True, CaptionState.PREDICTED, None)


def test_a_text_that_was_shown_from_ocr_is_not_lost_beside_a_typed_one() -> None:
    typed = caption(1, "won", text="one", text_edited=True)
    rows = [typed, caption(2, "two", text=None), caption(3, "three", text="")]
    row, _ = edited(rows, Merge(caption=1, others="next"))
    assert row.text == "one\ntwo"
    [row] = edited(rows, Merge(caption=1, others=[Seen(caption=2), Seen(caption=3)], text="all"))
    assert (row.text, row.caption_ocr) == ("all", "won\ntwo\nthree")


def test_merged_texts_have_the_limit_of_one() -> None:
    rows = [caption(1, "a" * 20_000), caption(2, "b"), caption(3)]
    with pytest.raises(PermanentError, match="more than 20000 characters"):
        edited(rows, Merge(caption=1, others="next"))


def test_no_job_reads_the_second_part_of_a_split_caption() -> None:
    rows = [caption(1, "one", caption_ocr_status=OcrStatus.QUEUED), caption(2), caption(3)]
    first, second, *_ = edited(rows, Split(caption=1, frame=5))
    assert (first.caption_ocr_status, second.caption_ocr_status) == ("queued", "completed")
    rows[0] = caption(1, caption_ocr_status=OcrStatus.PROCESSING)
    _, second, *_ = edited(rows, Split(caption=1, frame=5))
    assert second.caption_ocr_status is None


def test_confirming_keeps_the_text_that_is_shown() -> None:
    rows = [caption(1, "read", text=None), caption(2), caption(3)]
    first, *_ = edited(rows, Update(caption=1, state="confirmed"))
    assert (first.text, first.text_edited) == ("read", False)


def test_the_error_of_a_changed_caption_survives_pickling() -> None:
    error = CaptionChangedError("It changed.", [caption(1)])
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.captions, again.code) == ("It changed.", [caption(1)], error.code)
