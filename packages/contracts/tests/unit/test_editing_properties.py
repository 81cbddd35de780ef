"""Any sequence of edits, undos and readings keeps the rules of the rows."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.edited_captions import NEIGHBOURS, EditedCaptions
from captionacc_contracts.editing.history import (
    CaptionChange,
    Difference,
    EditKind,
    Frames,
    LaterChange,
    require_last,
    rows_before,
)
from captionacc_contracts.editing.operations import (
    Add,
    Delete,
    Merge,
    Operation,
    Seen,
    Split,
    Update,
    frames_named,
    seen,
)
from captionacc_contracts.editing.pen import Editor
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.states import CaptionState, OcrStatus, TextStatus
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

FRAMES = 24
FIRST_PICTURE_S = 1.4
EDITOR = Editor(user_id="someone", at=datetime(2026, 1, 2, tzinfo=UTC))
REFUSALS = {
    ErrorCode.NOT_FOUND,
    ErrorCode.STATE_CONFLICT,
    ErrorCode.FRAME_RANGE_INVALID,
    ErrorCode.CAPTION_TIMES_INVALID,
}


class Video:
    """Rows and history as the database keeps them."""

    def __init__(self, rows: list[StoredCaption]) -> None:
        self.rows = {row.id: row for row in rows}
        self.given: list[StoredCaption] = []
        self.history: list[CaptionChange] = []
        self.versions = {row.id: row.version for row in rows}

    def edit(self, operations: list[Operation]) -> None:
        named = [
            self.rows[each.caption]
            for op in operations
            for each in seen(op)
            if each.caption in self.rows
        ]
        frames = [frame for op in operations for frame in frames_named(op)]
        frames += [frame for row in named for frame in (row.start_frame, row.end_frame)]
        tracks = {row.track for row in named} | {
            op.track for op in operations if isinstance(op, Add)
        }
        edited = self._edited(tracks, frames, NEIGHBOURS * len(operations))
        for operation in operations:
            edited.apply(operation)
        self._store(edited, EditKind.EDITS, None)

    def undo(self, number: int) -> None:
        change = self.history[number - 1]
        later = [
            LaterChange(
                number=each.number,
                undoes=each.undoes,
                frames=[
                    Frames(track=row.track, start_frame=row.start_frame, end_frame=row.end_frame)
                    for row in [*each.before, *each.after]
                ],
            )
            for each in self.history[number:]
        ]
        require_last(change, later)
        touched = change.before + change.after
        frames = [frame for row in touched for frame in (row.start_frame, row.end_frame)]
        edited = self._edited({row.track for row in touched}, frames, NEIGHBOURS)
        edited.exchange(rows_before(change, self.rows, self.versions))
        self._store(edited, EditKind.UNDO, number)

    def read(self, texts: dict[int, str]) -> None:
        """What the publication of an OCR job does."""
        for row_id, text in texts.items():
            row = self.rows.get(row_id)
            if row is None or row.is_gap:
                continue
            kept = row.text_status is not None or row.text_edited or row.text is not None
            self.rows[row_id] = msgspec.structs.replace(
                row,
                version=row.version + 1,
                text=row.text if kept else text,
                caption_ocr=text,
                caption_ocr_status=OcrStatus.COMPLETED,
            )
            self.versions[row_id] = row.version + 1

    def _edited(self, tracks: set[int], frames: list[int], beside: int) -> EditedCaptions:
        """Only the rows that the database reads for an edit."""
        self.given = []
        for track in tracks:
            rows = sorted(
                (row for row in self.rows.values() if row.track == track),
                key=lambda row: row.start_frame,
            )
            first = sum(row.start_frame <= min(frames, default=0) for row in rows) - 1
            last = sum(row.end_frame < max(frames, default=FRAMES) for row in rows)
            self.given += rows[max(0, first - beside) : last + beside + 1]
        return EditedCaptions(
            self.given, frame_count=FRAMES, first_picture_s=FIRST_PICTURE_S, editor=EDITOR
        )

    def _store(self, edited: EditedCaptions, kind: EditKind, undoes: int | None) -> None:
        difference = Difference.between(self.given, edited.rows)
        if difference.is_empty:
            return
        made = [
            row if row.id > 0 else msgspec.structs.replace(row, id=max(self.versions) + number)
            for number, row in enumerate(difference.made, 1)
        ]
        after = [*difference.changed, *made]
        for row in after:
            assert row.version > self.versions.get(row.id, 0), "versions grow"
            self.versions[row.id] = row.version
        for row_id in difference.removed:
            del self.rows[row_id]
        self.rows |= {row.id: row for row in after}
        self.history.append(
            CaptionChange(
                number=len(self.history) + 1,
                kind=kind,
                made_by=EDITOR.user_id,
                made_at=EDITOR.at,
                undoes=undoes,
                cropped_frames_version=1,
                before=difference.former,
                after=after,
            )
        )


def check(video: Video) -> None:
    for track in {row.track for row in video.rows.values()}:
        rows = sorted(
            (row for row in video.rows.values() if row.track == track),
            key=lambda row: row.start_frame,
        )
        assert rows[0].start_frame == 0
        assert rows[-1].end_frame == FRAMES - 1
        for row, after in pairwise(rows):
            assert row.end_frame + 1 == after.start_frame, "rows tile the video"
            assert not (row.is_gap and after.is_gap), "gaps do not adjoin"
        captions = [row for row in rows if not row.is_gap]
        for row in rows:
            assert row.start_frame <= row.end_frame
            assert row.id > 0
            if row.is_gap:
                assert (row.text, row.start_seconds, row.end_seconds) == (None, None, None)
        for row in captions:
            start, end = row.starts_at(FIRST_PICTURE_S), row.ends_at(FIRST_PICTURE_S)
            assert start < end
            assert abs(start - FIRST_PICTURE_S - row.start_frame / 10) <= 0.1 + 1e-5
            assert abs(end - FIRST_PICTURE_S - (row.end_frame + 1) / 10) <= 0.1 + 1e-5
        for row, after in pairwise(captions):
            assert row.ends_at(FIRST_PICTURE_S) <= after.starts_at(FIRST_PICTURE_S) + 1e-5


def stored(row_id: int, track: int, start: int, end: int, *, gap: bool) -> StoredCaption:
    return StoredCaption(
        id=row_id,
        track=track,
        start_frame=start,
        end_frame=end,
        state=CaptionState.GAP if gap else CaptionState.PREDICTED,
        confidence=0.5,
        text=None,
        caption_ocr=None,
        caption_ocr_confidence=None,
        caption_ocr_status=None,
        caption_ocr_error=None,
    )


@st.composite
def videos(draw: st.DrawFn) -> Video:
    rows: list[StoredCaption] = []
    for track in (1, 2):
        cuts = draw(st.sets(st.integers(1, FRAMES - 1), max_size=8))
        bounds = [0, *sorted(cuts), FRAMES]
        gap = draw(st.booleans())
        for start, end in pairwise(bounds):
            rows.append(stored(len(rows) + 1, track, start, end - 1, gap=gap))
            gap = not gap and draw(st.booleans())
    return Video(rows)


FRAME = st.integers(0, FRAMES)
TEXT = st.sampled_from(["", "a", "b", "你好", None])
OFFSET = st.floats(-0.12, 0.12)


@st.composite
def operations(draw: st.DrawFn, ids: list[int], rows: dict[int, StoredCaption]) -> Operation:
    chosen = draw(st.sampled_from(ids))
    row = rows.get(chosen)
    near = FRAME
    if row is not None:
        near = st.integers(max(0, row.start_frame - 3), min(FRAMES, row.end_frame + 3))
    match draw(st.sampled_from(["text", "frames", "times", "split", "merge", "add", "delete"])):
        case "text":
            return Update(
                caption=chosen,
                text=draw(TEXT),
                text_status=draw(st.sampled_from([None, *TextStatus])),
                state=draw(st.sampled_from(["predicted", "confirmed"])),
            )
        case "frames":
            given: dict[str, Any] = {}
            for name in draw(
                st.sampled_from([["start_frame"], ["end_frame"], ["start_frame", "end_frame"]])
            ):
                given[name] = draw(near)
            return Update(caption=chosen, **given)
        case "times":
            start = 0 if row is None else row.start_frame
            end = 0 if row is None else row.end_frame + 1
            return Update(
                caption=chosen,
                start_seconds=draw(
                    st.none() | OFFSET.map(lambda x: FIRST_PICTURE_S + start / 10 + x)
                ),
                end_seconds=draw(st.none() | OFFSET.map(lambda x: FIRST_PICTURE_S + end / 10 + x)),
            )
        case "split":
            return Split(
                caption=chosen, frame=draw(near), texts=draw(st.none() | st.tuples(TEXT, TEXT))
            )
        case "merge":
            beside = st.sampled_from(["next", "previous"])
            listed = st.lists(st.sampled_from(ids), min_size=1, max_size=3)
            others: Any = draw(beside | listed)
            if isinstance(others, list):
                others = [Seen(caption=each) for each in others]
            return Merge(caption=chosen, others=others)
        case "add":
            start = draw(FRAME)
            return Add(
                track=draw(st.integers(1, 2)),
                start_frame=start,
                end_frame=start + draw(st.integers(0, 4)),
                text=draw(TEXT),
            )
        case _:
            return Delete(caption=chosen)


@given(videos(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_history_keeps_the_rules_and_the_versions(video: Video, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 12))):
        before = dict(video.rows)
        ids = list(video.rows)
        step = data.draw(st.sampled_from(["edit", "edit", "edit", "undo", "read"]))
        try:
            if step == "edit":
                asked = data.draw(st.lists(operations(ids, video.rows), min_size=1, max_size=2))
                video.edit(asked)
            elif step == "undo" and video.history:
                video.undo(data.draw(st.integers(1, len(video.history))))
            else:
                video.read(data.draw(st.dictionaries(st.sampled_from(ids), st.sampled_from("xyz"))))
        except PermanentError as error:
            assert error.code in REFUSALS  # noqa: PT017  any other code is a failure of the edit
            assert video.rows == before, "a refused edit changes nothing"
        check(video)


def decided(video: Video) -> list[tuple[Any, ...]]:
    """What people see of the rows, by place: an id may differ where gaps were joined."""
    return sorted(
        (row.track, row.start_frame, row.end_frame, row.state, row.text or "", str(row.text_status))
        for row in video.rows.values()
    )


@given(videos(), st.data())
@settings(max_examples=150, deadline=None)
def test_undoing_all_changes_restores_the_rows_and_redoing_brings_them_back(
    video: Video, data: st.DataObject
) -> None:
    states = [decided(video)]
    for _ in range(data.draw(st.integers(1, 6))):
        try:
            video.edit([data.draw(operations(list(video.rows), video.rows))])
        except PermanentError:
            continue
        if len(video.history) == len(states):
            states.append(decided(video))
    done = len(video.history)
    for number in range(done, 0, -1):
        video.undo(number)
        check(video)
        assert decided(video) == states[number - 1]
    for number in range(1, done + 1):
        video.undo(2 * done + 1 - number)
        check(video)
        assert decided(video) == states[number]
