"""The history of the edits of a video: what a change did to the rows, and how to take it back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.refusals import refused
from captionacc_contracts.work.states import OcrStatus


class EditKind(StrEnum):
    """What a person did."""

    UPDATE = "update"
    SPLIT = "split"
    MERGE = "merge"
    ADD = "add"
    DELETE = "delete"
    EDITS = "edits"
    """A list of operations."""
    UNDO = "undo"
    RESTORE = "restore"
    """A whole version of the captions, of all tracks that it has."""


class CaptionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a person made; the numbers of a video count up without holes.

    ``before`` has the rows that the change removed or changed, as they were; ``after`` has those
    that it made or changed, as they became. Both cover the same frames.
    """

    number: int
    kind: EditKind
    made_by: str | None
    made_at: datetime
    undoes: int | None
    cropped_frames_version: int
    before: list[StoredCaption]
    after: list[StoredCaption]


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of frames of a track; ``end_frame`` is inclusive."""

    track: int
    start_frame: int
    end_frame: int


class LaterChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the undo of an earlier change must know of a change: the frames that it touched."""

    number: int
    undoes: int | None
    frames: list[Frames]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How rows differ from what they were.

    ``changed`` and ``made`` are the rows as they become, a changed one with its next version.
    ``former`` are the removed and changed rows as they were. New rows have negative ids; a row of
    ``made`` with a positive id existed before.
    """

    former: list[StoredCaption]
    removed: list[int]
    changed: list[StoredCaption]
    made: list[StoredCaption]

    @classmethod
    def between(cls, before: Iterable[StoredCaption], after: Iterable[StoredCaption]) -> Self:
        was = {row.id: row for row in before}
        becomes = {row.id: row for row in after}
        return cls(
            former=[row for row in was.values() if becomes.get(row.id) != row],
            removed=[row_id for row_id in was if row_id not in becomes],
            changed=[
                msgspec.structs.replace(row, version=was[row.id].version + 1)
                for row in becomes.values()
                if row.id in was and was[row.id] != row
            ],
            made=[row for row in becomes.values() if row.id not in was],
        )

    @property
    def is_empty(self) -> bool:
        return not (self.former or self.made)


_WAITING = (OcrStatus.QUEUED, OcrStatus.PROCESSING)
_READ = ("caption_ocr", "caption_ocr_confidence", "caption_ocr_error")
# What people decide about a row. The texts from OCR and the confidences are not among it.
_DECIDED = (
    "track",
    "start_frame",
    "end_frame",
    "state",
    "text",
    "text_status",
    "text_notes",
    "text_edited",
    "start_seconds",
    "end_seconds",
)


def require_last(change: CaptionChange, later: Iterable[LaterChange]) -> None:
    """Refuse to undo a change that is undone, or whose frames a later change touched.

    A later change that was undone does not count. ``later`` has all changes after this one.

    Raises:
        PermanentError: ``state_conflict``.
    """
    touched = [*change.before, *change.after]
    taken_back: set[int] = set()
    for other in sorted(later, key=lambda each: each.number, reverse=True):
        if other.number in taken_back:
            continue
        if other.undoes == change.number:
            raise refused(
                f"Change {change.number} is undone already, by change {other.number}; undo change "
                f"{other.number} to do it again."
            )
        if other.undoes is not None and other.undoes > change.number:
            taken_back.add(other.undoes)
        elif _meet(touched, other.frames):
            raise refused(
                f"Change {other.number} touched the same frames after change {change.number}; "
                f"undo change {other.number} first."
            )


def rows_before(
    change: CaptionChange,
    present: Mapping[int, StoredCaption],
    last_versions: Mapping[int, int],
) -> list[StoredCaption]:
    """The rows that take the place of the rows of ``change.after``.

    Texts from OCR that came after the change stay on rows that keep their frames.

    Args:
        change: The change to undo.
        present: The present rows of the tracks that the change touched, by id.
        last_versions: The last version that each row of ``change.before`` had, by id.

    Raises:
        PermanentError: ``state_conflict`` when the rows are not as the change left them.
    """
    for row in change.after:
        now = present.get(row.id)
        if now is None or not _as_left(row, now):
            raise refused(
                f"Caption {row.id} is not as change {change.number} left it, so the change cannot "
                "be undone."
            )
    return [
        _restored(row, present.get(row.id), last_versions.get(row.id, row.version))
        for row in change.before
    ]


def _as_left(row: StoredCaption, now: StoredCaption) -> bool:
    """Whether nobody decided anything else since; OCR may have read another text."""
    if not (row.text_edited or now.text_edited):
        now = msgspec.structs.replace(now, text=row.text)
    return _decided(now) == _decided(row)


def _restored(row: StoredCaption, now: StoredCaption | None, last_version: int) -> StoredCaption:
    if now is None:
        # A job that was reading the caption has skipped it since.
        return msgspec.structs.replace(
            row, version=last_version + 1, caption_ocr_status=_status_at_rest(row)
        )
    fields = _decided(row) | {"edited_by": row.edited_by, "edited_at": row.edited_at}
    if (row.start_frame, row.end_frame) != (now.start_frame, now.end_frame):
        # The text was read from other frames.
        fields |= {name: getattr(row, name) for name in _READ}
        if now.caption_ocr_status not in _WAITING:
            fields["caption_ocr_status"] = _status_at_rest(row)
    elif not row.text_edited and row.text == row.caption_ocr:
        fields["text"] = now.caption_ocr
    return msgspec.structs.replace(now, **fields)


def _status_at_rest(row: StoredCaption) -> OcrStatus | None:
    if row.caption_ocr_status not in _WAITING:
        return row.caption_ocr_status
    return None if row.caption_ocr is None else OcrStatus.COMPLETED


def _decided(row: StoredCaption) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _DECIDED}


def _meet(rows: Sequence[StoredCaption], frames: Sequence[Frames]) -> bool:
    return any(
        row.track == other.track
        and row.start_frame <= other.end_frame
        and other.start_frame <= row.end_frame
        for row in rows
        for other in frames
    )
