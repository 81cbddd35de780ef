"""Marks the rows that a person changes, and makes new ones."""

from datetime import datetime

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.work.states import CaptionState

BY_A_PERSON = 1.0
"""The confidence of captions and gaps that a person makes: the person is sure."""


class Editor(msgspec.Struct, frozen=True, kw_only=True):
    """Who edits, and when."""

    user_id: str
    at: datetime


class Pen:
    """New rows have negative ids until they are stored."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._made = 0

    def touched(self, row: StoredCaption) -> StoredCaption:
        """The row as changed by the editor."""
        return msgspec.structs.replace(
            row, edited_by=self._editor.user_id, edited_at=self._editor.at
        )

    def new_id(self) -> int:
        self._made -= 1
        return self._made

    def row(
        self, track: int, start_frame: int, end_frame: int, state: CaptionState
    ) -> StoredCaption:
        """A new row without text."""
        row = StoredCaption(
            id=self.new_id(),
            track=track,
            start_frame=start_frame,
            end_frame=end_frame,
            state=state,
            confidence=BY_A_PERSON,
            text=None,
            caption_ocr=None,
            caption_ocr_confidence=None,
            caption_ocr_status=None,
            caption_ocr_error=None,
        )
        return self.touched(row)

    def gap(self, track: int, start_frame: int, end_frame: int) -> StoredCaption:
        return self.row(track, start_frame, end_frame, CaptionState.GAP)
