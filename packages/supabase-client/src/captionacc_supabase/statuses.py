"""How the states of a video and its captions follow the jobs.

The contracts list the allowed transitions; each UPDATE lists the states that a row may leave.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.events import EventKind
from captionacc_contracts.work import states
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
    caption_ids,
)
from captionacc_contracts.work.states import CaptionStatus, OcrStatus, VideoStatus

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.rows import Job

S = TypeVar("S", bound=StrEnum)

_SET_STATUS = """
    update captionacc.videos set status = $2, error = $4, progress = null
    where id = $1 and status = any($3::text[])
    returning tenant_id, status, caption_status, error
"""
_SET_CAPTION_STATUS = """
    update captionacc.videos set caption_status = $2, error = $4, progress = null
    where id = $1 and status = 'active' and coalesce(caption_status, '') = any($3::text[])
    returning tenant_id, status, caption_status, error
"""

# Stands for null in the list of states that a row may leave.
_NULL = ""


def _leave(
    transitions: Mapping[S, frozenset[S]] | Mapping[S | None, frozenset[S]], target: S
) -> list[str]:
    return [
        _NULL if source is None else source.value for source in states.sources(transitions, target)
    ]


class Step(StrEnum):
    """What a job's change of state does to its video and captions."""

    QUEUED = "queued"
    PROCESSING = "processing"
    ERROR = "error"


class Statuses:
    """Every method returns whether the rows were in a state that the transition may leave."""

    def __init__(self, statements: Statements, announcements: Announcements) -> None:
        self._statements = statements
        self._announcements = announcements

    async def set_video(
        self, video_id: UUID, target: VideoStatus, error: ErrorReport | None = None
    ) -> bool:
        leave = _leave(states.VIDEO_TRANSITIONS, target)
        return await self._set(_SET_STATUS, video_id, target, leave, error)

    async def set_captions(
        self, video_id: UUID, target: CaptionStatus, error: ErrorReport | None = None
    ) -> bool:
        """Set ``caption_status``. It requires an approved layout, so the video must be active."""
        leave = _leave(states.CAPTION_TRANSITIONS, target)
        return await self._set(_SET_CAPTION_STATUS, video_id, target, leave, error)

    async def _set(
        self,
        sql: str,
        video_id: UUID,
        target: VideoStatus | CaptionStatus,
        leave: list[str],
        error: ErrorReport | None,
    ) -> bool:
        rows = await self._statements.records(sql, video_id, target, leave, error)
        for row in rows:
            self._announcements.event(
                row["tenant_id"],
                EventKind.VIDEO_STATUS,
                {key: row[key] for key in ("status", "caption_status", "error")},
                video_id=video_id,
            )
        return len(rows) == 1

    async def set_ocr(
        self, video_id: UUID, ids: list[int], target: OcrStatus, error: ErrorReport | None = None
    ) -> bool:
        """Set ``caption_ocr_status`` of these captions; true when all of them exist."""
        rows = await self._statements.records(
            """
            with asked as (
                select id, tenant_id, caption_ocr_status from captionacc.captions
                where video_id = $1 and id = any($2::bigint[]) and state <> 'gap'
                order by id for update
            ),
            changed as (
                update captionacc.captions c set caption_ocr_status = $3, caption_ocr_error = $5
                from asked
                where c.id = asked.id
                    and coalesce(asked.caption_ocr_status, '') = any($4::text[])
                returning c.id, c.version
            )
            select asked.tenant_id, changed.id, changed.version
            from asked left join changed using (id)
            """,
            video_id,
            ids,
            target,
            _leave(states.OCR_TRANSITIONS, target),
            None if error is None else error.message,
        )
        changed = {row["id"]: row["version"] for row in rows if row["id"] is not None}
        if changed:
            self.announce_captions(rows[0]["tenant_id"], video_id, changed, target)
        return len(rows) == len(set(ids))

    async def follow(self, job: Job, step: Step, error: ErrorReport | None = None) -> bool:
        """Set the status of the job's rows to ``step``."""
        match job.parameters:
            case InitialProcessing():
                return await self.set_video(job.video_id, VideoStatus(step.value), error)
            case CropAndInfer():
                return await self.set_captions(job.video_id, CaptionStatus(step.value), error)
            case CaptionOcr() | CaptionsOcr() as parameters:
                ids = caption_ids(parameters)
                if step is Step.ERROR:
                    ids = await self._read_by_no_other(job, ids)
                return await self.set_ocr(job.video_id, ids, OcrStatus(step.value), error)

    async def undo(self, job: Job) -> None:
        """Set the rows of a cancelled job to a state from which a person can continue.

        Captions of an earlier version stay usable. Without an earlier version, the status is
        ``error`` with the code ``cancelled``, and a person can request the work again.
        """
        report = ErrorReport(
            code=ErrorCode.CANCELLED,
            message="The work was cancelled; request it again to continue.",
            stage=job.kind.value,
        )
        match job.parameters:
            case InitialProcessing():
                await self.set_video(job.video_id, VideoStatus.ERROR, report)
            case CropAndInfer():
                former = await self._statements.value(
                    "select cropped_frames_version from captionacc.videos where id = $1",
                    job.video_id,
                )
                if former is None:
                    await self.set_captions(job.video_id, CaptionStatus.ERROR, report)
                else:
                    await self.set_captions(job.video_id, CaptionStatus.READY)
            case CaptionOcr() | CaptionsOcr() as parameters:
                ids = await self._read_by_no_other(job, caption_ids(parameters))
                rows = await self._statements.records(
                    """
                    update captionacc.captions set caption_ocr_status =
                        case when caption_ocr is not null then 'completed' end
                    where video_id = $1 and id = any($2::bigint[])
                        and caption_ocr_status in ('queued', 'processing')
                    returning id, version
                    """,
                    job.video_id,
                    ids,
                )
                if rows:
                    versions = {row["id"]: row["version"] for row in rows}
                    self.announce_captions(job.tenant_id, job.video_id, versions, None)

    async def _read_by_no_other(self, job: Job, ids: list[int]) -> list[int]:
        """Return the job's captions that no other live job will read."""
        return await self._statements.values(
            """
            select unnest($3::bigint[]) except
            select jsonb_array_elements(
                coalesce(parameters -> 'caption_ids', jsonb_build_array(parameters -> 'caption_id'))
            )::bigint
            from captionacc.jobs
            where video_id = $1 and id <> $2 and kind in ('caption_ocr', 'captions_ocr')
                and state in ('queued', 'running') and not cancel_requested
            order by 1
            """,
            job.video_id,
            job.id,
            ids,
        )

    def announce_captions(
        self,
        tenant_id: UUID,
        video_id: UUID,
        versions: Mapping[int, int],
        status: OcrStatus | None,
    ) -> None:
        """Announce a change of captions; ``versions`` has the new version of each by its id."""
        ids = sorted(versions)
        data = {
            "caption_ids": ids,
            "versions": [versions[caption_id] for caption_id in ids],
            "caption_ocr_status": status,
        }
        self._announcements.event(tenant_id, EventKind.CAPTIONS_CHANGED, data, video_id=video_id)
