"""Applies operations to the captions of a video."""

from collections.abc import Iterable, Sequence
from typing import Any, assert_never

import msgspec
from msgspec import UNSET

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing import split_and_merge
from captionacc_contracts.editing.frame_moves import move
from captionacc_contracts.editing.gap_changes import add, delete
from captionacc_contracts.editing.operations import (
    Add,
    CaptionMerge,
    CaptionPatch,
    Delete,
    Merge,
    Operation,
    Split,
    Update,
)
from captionacc_contracts.editing.pen import Editor, Pen
from captionacc_contracts.editing.refusals import refused, unknown_caption
from captionacc_contracts.editing.tiled_track import TiledTrack
from captionacc_contracts.editing.time_moves import set_times
from captionacc_contracts.work.states import CaptionState

NEIGHBOURS = 4
"""Rows beside a caption that an operation on it may change: a gap, the caption beyond it, and the
gaps and captions that follow, which must not overlap or adjoin the changed ones."""


class EditedCaptions:
    """Rows of one or more tracks, changed by one operation after the other.

    An operation that raises leaves the rows in a state that must not be stored. New rows have
    negative ids until they are stored; ``ids`` has those that the client gave a ref.

    Args:
        rows: Those of each track follow each other, and reach beyond what the operations change:
            ``NEIGHBOURS`` rows to both sides per operation, or to the end of the video.
        frame_count: Frames of the video.
        first_picture_s: Time of frame 0 on the clock of the file.
        editor: Who edits, and when.
    """

    def __init__(
        self,
        rows: Iterable[StoredCaption],
        *,
        frame_count: int,
        first_picture_s: float,
        editor: Editor,
    ) -> None:
        self._pen = Pen(editor)
        by_track: dict[int, list[StoredCaption]] = {}
        for row in rows:
            by_track.setdefault(row.track, []).append(row)
        self._tracks = {
            number: TiledTrack(
                of_track,
                frame_count=frame_count,
                first_picture_s=first_picture_s,
                touch=self._pen.touched,
            )
            for number, of_track in by_track.items()
        }
        self.ids: dict[str, int] = {}

    @property
    def rows(self) -> list[StoredCaption]:
        return [row for track in self._tracks.values() for row in track.rows]

    def apply(self, operation: Operation) -> None:
        """Change the rows.

        Raises:
            PermanentError: ``not_found`` when there is no such caption; ``frame_range_invalid`` and
                ``caption_times_invalid`` when values do not fit to the video or the caption;
                ``state_conflict`` when the neighbours or the state of the caption do not allow it.
        """
        match operation:
            case Add():
                made = add(self._track(operation.track), operation, self._pen)
                self._name(operation.ref, made)
            case Update():
                self._update(*self._caption(operation.caption), operation)
            case Split():
                track, row = self._caption(operation.caption)
                made = split_and_merge.split(track, row, operation, self._pen)
                self._name(operation.ref, made)
            case Merge():
                track, row = self._caption(operation.caption)
                others = self._others(track, row, operation)
                split_and_merge.merge(track, row, others, operation.text, self._pen)
            case Delete():
                delete(*self._caption(operation.caption), self._pen)
            case _:
                assert_never(operation)

    def exchange(self, rows: Iterable[StoredCaption]) -> None:
        """Put former rows in the place of the present rows that have the same frames."""
        by_track: dict[int, list[StoredCaption]] = {}
        for row in sorted(rows, key=lambda each: each.start_frame):
            by_track.setdefault(row.track, []).append(row)
        for number, of_track in by_track.items():
            track = self._track(number)
            for run in _contiguous(of_track):
                first, last = track.index_at(run[0].start_frame), track.index_at(run[-1].end_frame)
                track.replace(first, last, run)

    def _track(self, number: int) -> TiledTrack:
        found = self._tracks.get(number)
        if found is None:
            raise refused(
                f"The video has no captions in track {number} yet; approve a layout with this "
                "track and wait for its captions."
            )
        return found

    def _caption(self, name: int | str) -> tuple[TiledTrack, StoredCaption]:
        """The track and the row of a caption; gaps are refused."""
        caption_id = self.ids.get(name) if isinstance(name, str) else name
        for track in self._tracks.values():
            row = None if caption_id is None else track.by_id.get(caption_id)
            if row is None:
                continue
            if row.is_gap:
                raise refused(f"Caption {name} is a gap; add a caption into it instead.")
            return track, row
        raise unknown_caption(name)

    def _name(self, ref: str | None, made: StoredCaption) -> None:
        if ref is None:
            return
        if ref in self.ids:
            raise refused(f"Two operations give the ref {ref!r}; give each its own.")
        self.ids[ref] = made.id

    def _update(self, track: TiledTrack, row: StoredCaption, asked: CaptionPatch) -> None:
        start = row.start_frame if asked.start_frame is UNSET else asked.start_frame
        end = row.end_frame if asked.end_frame is UNSET else asked.end_frame
        if (start, end) != (row.start_frame, row.end_frame):
            row = move(track, row, start, end, self._pen)
        row = set_times(track, row, _given(asked, "start_seconds", "end_seconds"), self._pen)
        values = _given(asked, "text", "text_status", "text_notes")
        if "text" in values:
            values["text_edited"] = values["text"] is not None
        if asked.state is not UNSET:
            values["state"] = CaptionState(asked.state)
        changed = msgspec.structs.replace(row, **values)
        if asked.state == CaptionState.CONFIRMED.value and changed.text is None:
            # The person confirms the text that is shown, which OCR must not replace later.
            changed = msgspec.structs.replace(changed, text=changed.caption_ocr)
        if changed != row:
            track.put(self._pen.touched(changed))

    def _others(self, track: TiledTrack, row: StoredCaption, asked: CaptionMerge) -> list[int]:
        """Positions of the captions that ``row`` is merged with."""
        index = track.index_at(row.start_frame)
        if isinstance(asked.others, list):
            return [self._position(track, each.caption) for each in asked.others]
        is_next = asked.others == "next"
        beside = track.caption_after(index) if is_next else track.caption_before(index)
        if beside is None:
            where = "after" if is_next else "before"
            raise refused(f"There is no caption {where} caption {row.id}.")
        return [beside]

    def _position(self, track: TiledTrack, name: int | str) -> int:
        of_other, row = self._caption(name)
        if of_other is not track:
            raise refused("Captions of different tracks cannot be merged.")
        return track.index_at(row.start_frame)


def _given(asked: CaptionPatch, *names: str) -> dict[str, Any]:
    values = ((name, getattr(asked, name)) for name in names)
    return {name: value for name, value in values if value is not UNSET}


def _contiguous(rows: Sequence[StoredCaption]) -> list[list[StoredCaption]]:
    """Rows by time, as runs whose frames follow each other."""
    runs: list[list[StoredCaption]] = []
    for row in rows:
        if runs and runs[-1][-1].end_frame + 1 == row.start_frame:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs
