"""Edits of captions by people; each call works in the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.editing.edited_captions import NEIGHBOURS, EditedCaptions
from captionacc_contracts.editing.history import Difference, EditKind, require_last, rows_before
from captionacc_contracts.editing.operations import Add, Operation, frames_named, seen
from captionacc_contracts.editing.pen import Editor
from captionacc_contracts.editing.refusals import (
    CaptionChangedError,
    refused,
    unknown_caption,
)
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.jobs import JobKind

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.editing.caption_writes import CaptionWrites, Edit, Edited, unchanged
from captionacc_supabase.editing.change_rows import ChangeRows
from captionacc_supabase.editing.named_rows import NamedRows
from captionacc_supabase.rows import Video
from captionacc_supabase.video.videos import Videos


class Edits:
    """Applies, stores and undoes edits; ``history`` reads what was done.

    A transaction locks the video before its captions, as the publication of results does, so two of
    them cannot wait for each other.
    """

    def __init__(
        self, statements: Statements, announcements: Announcements, videos: Videos
    ) -> None:
        self._statements = statements
        self._videos = videos
        self._rows = NamedRows(statements)
        self._writes = CaptionWrites(statements, announcements)
        self.history = ChangeRows(statements)

    async def apply(
        self, video_id: UUID, operations: Sequence[Operation], kind: EditKind, user_id: UUID
    ) -> Edited:
        """Apply all operations, or raise; the versions that they name are those before the list.

        Raises:
            CaptionChangedError: A caption has another version than its operation names.
            PermanentError: ``version_required``; ``state_conflict`` when a job that finds captions
                runs, or the captions do not allow an operation; ``not_found``,
                ``frame_range_invalid``, ``caption_times_invalid``.
        """
        video = await self._locked(video_id)
        named = {
            each.caption
            for operation in operations
            for each in seen(operation)
            if isinstance(each.caption, int)
        }
        tracks = {each.track for each in operations if isinstance(each, Add)}
        frames = [frame for operation in operations for frame in frames_named(operation)]
        rows = await self._rows.around(
            video_id, named, tracks, frames, beside=NEIGHBOURS * len(operations)
        )
        by_id = {row.id: row for row in rows}
        _require_seen(operations, by_id)
        edited = _edited(video, rows, user_id)
        for number, operation in enumerate(operations, 1):
            try:
                edited.apply(operation)
            except PermanentError as error:
                if kind is not EditKind.EDITS:
                    raise
                message = f"Operation {number} of {len(operations)}: {error.message}"
                raise PermanentError(error.code, message) from error
        difference = Difference.between(rows, edited.rows)
        if difference.is_empty:
            return unchanged([by_id[caption_id] for caption_id in sorted(named)])
        edit = Edit(kind=kind.value, user_id=str(user_id))
        return await self._writes.store(video, difference, edited.ids, edit)

    async def undo(self, video_id: UUID, number: int, user_id: UUID) -> Edited:
        """Take back a change; taking back an undo does the change again.

        Raises:
            PermanentError: ``not_found``; ``state_conflict`` when the change is undone already, a
                later change touched the same frames, or the captions were found anew.
        """
        video = await self._locked(video_id)
        change = await self.history.get(video_id, number)
        if change is None:
            raise PermanentError(
                ErrorCode.NOT_FOUND, f"The history of the video has no change {number}."
            )
        if change.cropped_frames_version != video.cropped_frames_version:
            raise refused(
                f"The captions of the video were found anew after change {number}, so it cannot be "
                "undone."
            )
        require_last(change, await self.history.after(video_id, number))
        touched = change.before + change.after
        rows = await self._rows.around(
            video_id,
            (),
            {row.track for row in touched},
            [frame for row in touched for frame in (row.start_frame, row.end_frame)],
            beside=NEIGHBOURS,
        )
        present = {row.id: row for row in rows}
        gone = [row.id for row in change.before if row.id not in present]
        versions = await self.history.last_versions(video_id, gone) if gone else {}
        edited = _edited(video, rows, user_id)
        edited.exchange(rows_before(change, present, versions))
        difference = Difference.between(rows, edited.rows)
        if difference.is_empty:
            return unchanged([])
        edit = Edit(kind=EditKind.UNDO.value, user_id=str(user_id), undoes=number)
        return await self._writes.store(video, difference, {}, edit)

    async def _locked(self, video_id: UUID) -> Video:
        """Lock the video, unless a job is about to replace its captions."""
        video = await self._statements.row(
            Video, "select * from captionacc.videos where id = $1 for no key update", video_id
        )
        if video is None:
            raise PermanentError(ErrorCode.NOT_FOUND, f"There is no video {video_id}.")
        for lock in await self._videos.locks(video_id):
            if lock.kind is JobKind.CROP_AND_INFER:
                raise refused(
                    f"The captions of the video are locked by job {lock.job_id}, which finds them "
                    "anew; wait for it or cancel it."
                )
        return video


def _edited(video: Video, rows: Sequence[StoredCaption], user_id: UUID) -> EditedCaptions:
    editor = Editor(user_id=str(user_id), at=datetime.now(UTC))
    return EditedCaptions(
        rows,
        frame_count=video.frame_count or 0,
        first_picture_s=video.start_seconds,
        editor=editor,
    )


def _require_seen(operations: Sequence[Operation], present: dict[int, StoredCaption]) -> None:
    """Refuse operations on captions that changed since the person saw them."""
    stale: dict[int, StoredCaption] = {}
    for each in (named for operation in operations for named in seen(operation)):
        if isinstance(each.caption, str):
            continue
        row = present.get(each.caption)
        if row is None:
            raise unknown_caption(each.caption)
        if each.version is None:
            raise PermanentError(
                ErrorCode.VERSION_REQUIRED,
                f"Name the version of caption {each.caption} that you saw, as version in the body "
                'or, for one caption, as If-Match: "VERSION".',
            )
        if row.version != each.version:
            stale[row.id] = row
    if stale:
        named = ", ".join(map(str, stale))
        what = f"Caption {named} has" if len(stale) == 1 else f"Captions {named} have"
        raise CaptionChangedError(
            f"{what} changed since you loaded them; this is how they are now.", list(stale.values())
        )
