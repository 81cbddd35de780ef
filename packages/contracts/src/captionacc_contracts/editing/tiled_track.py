"""The rows of one track while they are edited: they tile the video, and no two gaps adjoin."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

import msgspec

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing import exact_times

Touch = Callable[[StoredCaption], StoredCaption]
"""Marks a row as changed by the person."""


class TiledTrack:
    """Rows by time; every change replaces a run of rows by rows of the same frames.

    Args:
        rows: Rows of the track that follow each other, in any order; they need not reach the ends
            of the video.
        frame_count: Frames of the video.
        first_picture_s: Time of frame 0 on the clock of the file.
        touch: Marks the rows beside a change that change with it.
    """

    def __init__(
        self,
        rows: Iterable[StoredCaption],
        *,
        frame_count: int,
        first_picture_s: float,
        touch: Touch,
    ) -> None:
        self.rows = sorted(rows, key=lambda row: row.start_frame)
        self.by_id = {row.id: row for row in self.rows}
        self.frame_count = frame_count
        self.first_picture_s = first_picture_s
        self._touch = touch

    def index_at(self, frame: int) -> int:
        """Position of the row that has the frame."""
        return bisect_right(self.rows, frame, key=lambda row: row.start_frame) - 1

    def caption_before(self, index: int) -> int | None:
        """Position of the last caption before a row; gaps between are skipped."""
        return next((at for at in range(index - 1, -1, -1) if not self.rows[at].is_gap), None)

    def caption_after(self, index: int) -> int | None:
        """Position of the first caption after a row; gaps between are skipped."""
        later = range(index + 1, len(self.rows))
        return next((at for at in later if not self.rows[at].is_gap), None)

    def replace(self, first: int, last: int, made: Sequence[StoredCaption]) -> None:
        """Put ``made`` in the place of the rows ``first`` to ``last``, and settle the rows beside.

        Adjoining gaps become one. Exact times that no longer fit to frames or neighbours go.
        """
        starts = [row.start_frame for row in made] + [self.rows[last].end_frame + 1]
        ends = [self.rows[first].start_frame] + [row.end_frame + 1 for row in made]
        assert starts == ends  # noqa: S101  the same frames, else the rows would not tile
        around = slice(max(0, first - 1), last + 2)
        beside_left = self.rows[around.start : first]
        beside_right = self.rows[last + 1 : around.stop]
        settled = self._gaps_joined([*beside_left, *made, *beside_right])
        for row in self.rows[around]:
            del self.by_id[row.id]
        self.by_id |= {row.id: row for row in settled}
        self.rows[around] = settled
        self._settle_times(around.start, around.start + len(settled) - 1)

    def put(self, row: StoredCaption) -> None:
        """Replace the row of the same frames."""
        index = self.index_at(row.start_frame)
        self.replace(index, index, [row])

    def _gaps_joined(self, rows: Sequence[StoredCaption]) -> list[StoredCaption]:
        joined: list[StoredCaption] = []
        for row in rows:
            if joined and joined[-1].is_gap and row.is_gap:
                # A stored gap keeps its id; new rows have negative ids.
                kept = joined[-1] if joined[-1].id > 0 or row.id < 0 else row
                extent = {"start_frame": joined[-1].start_frame, "end_frame": row.end_frame}
                joined[-1] = self._touch(msgspec.structs.replace(kept, **extent))
            else:
                joined.append(row)
        return joined

    def _settle_times(self, first: int, last: int) -> None:
        for index in range(first, last + 1):
            row = self.rows[index]
            self._set(index, exact_times.without_misfits(row, self.first_picture_s))
            before = None if self.rows[index].is_gap else self.caption_before(index)
            if before is not None:
                self._settle_pair(before, index)
        if not self.rows[last].is_gap and (after := self.caption_after(last)) is not None:
            self._settle_pair(last, after)

    def _settle_pair(self, earlier: int, later: int) -> None:
        settled = exact_times.without_overlap(
            self.rows[earlier], self.rows[later], self.first_picture_s
        )
        self._set(earlier, settled[0])
        self._set(later, settled[1])

    def _set(self, index: int, row: StoredCaption) -> None:
        if row != self.rows[index]:
            row = self._touch(row)
            self.rows[index] = self.by_id[row.id] = row
