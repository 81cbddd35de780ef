"""Requests for work, and requests to cancel it."""

from typing import assert_never
from uuid import UUID

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.events import EventKind
from captionacc_contracts.work.jobs import (
    CaptionOcr,
    CaptionsOcr,
    CropAndInfer,
    InitialProcessing,
    JobKind,
    caption_ids,
    input_digest,
    kind_of,
)
from captionacc_contracts.work.states import VideoStatus
from captionacc_contracts.work.versions import EXTENTS_MODEL_VERSION

from captionacc_supabase.jobs.job_rows import JobRows
from captionacc_supabase.limits.reservations import Reservations
from captionacc_supabase.rows import Job, NewJob
from captionacc_supabase.statuses import Step


class RequestedJobs:
    """Requests for work, and requests to cancel it."""

    def __init__(self, rows: JobRows) -> None:
        self._rows = rows
        self._reservations = Reservations(rows.statements)

    async def enqueue(self, new: NewJob) -> tuple[Job, bool]:
        """Ask for work; returns the job and whether it is new.

        An equal job that has not ended is returned instead, and so is a finished equal job whose
        result is in force, unless the new job is to compute anew. A new crop region cancels the
        live job for another crop region. Captions that a live job reads are not read twice: if that
        job reads all of them, it is returned; otherwise the new job leaves them out. What a new job
        is expected to use is reserved in the same transaction.

        Raises:
            PermanentError: ``not_found`` when the tenant has no such video or captions,
                ``state_conflict`` when the state of the video does not allow this work.
            LimitReachedError: a new job would go past a limit of the tenant.
        """
        kind = kind_of(new.parameters)
        status = await self._rows.statements.value(
            """
            select concat_ws('/', status, caption_status) from captionacc.videos
            where id = $1 and tenant_id = $2 for no key update
            """,
            new.video_id,
            new.tenant_id,
        )
        if status is None:
            raise PermanentError(ErrorCode.NOT_FOUND, f"Video {new.video_id} does not exist.")
        if isinstance(new.parameters, CaptionOcr | CaptionsOcr):
            asked = await self._not_under_way(new.video_id, new.parameters)
            if isinstance(asked, Job):
                return asked, False
            new = msgspec.structs.replace(new, parameters=asked)
        digest = input_digest(new.parameters)
        same = await self._rows.job(
            """
            select j.*, v.display_name as video_name
            from captionacc.jobs j join captionacc.videos v on v.id = j.video_id
            where j.kind = $1 and j.video_id = $2 and j.input_digest = $3
                and j.state in ('queued', 'running') and not j.cancel_requested
            """,
            kind,
            new.video_id,
            digest,
        )
        if same is None:
            if kind is JobKind.CROP_AND_INFER:
                await self._supersede(new.video_id)
            # A video that waits for its first job has no result that could be reused.
            if status != VideoStatus.UPLOADED.value and not new.parameters.anew:
                same = await self._in_force(kind, new.video_id, digest)
        if same is not None:
            return same, False
        expected = await self._reservations.require_room(new)
        job = await self._insert(new, kind, digest)
        if not await self._rows.statuses.follow(job, Step.QUEUED):
            raise self._refusal(job, status)
        await self._reservations.hold(job.id, new, expected)
        self._rows.announce(job, EventKind.JOB_QUEUED)
        self._rows.announcements.queued(job.id)
        return job, True

    async def _insert(self, new: NewJob, kind: JobKind, digest: str) -> Job:
        (job,) = await self._rows.jobs(
            """
            insert into captionacc.jobs
                (kind, video_id, tenant_id, input_digest, parameters, tier, static_score,
                 priority, ageing, tags, base_override, policy_number)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            returning *, (
                select display_name from captionacc.videos v where v.id = video_id
            ) as video_name
            """,
            kind,
            new.video_id,
            new.tenant_id,
            digest,
            new.parameters,
            new.tier,
            new.static_score,
            new.priority,
            new.ageing,
            new.tags,
            new.base_override,
            new.policy_number,
        )
        return job

    async def _not_under_way(
        self, video_id: UUID, asked: CaptionOcr | CaptionsOcr
    ) -> CaptionOcr | CaptionsOcr | Job:
        """Return the request without the captions that live jobs read, or the job that reads most.

        The caller has locked the video, so other requests wait.
        """
        jobs = await self._rows.jobs(
            """
            select * from captionacc.jobs
            where video_id = $1 and kind in ('caption_ocr', 'captions_ocr')
                and state in ('queued', 'running') and not cancel_requested
            order by requested_at, id
            """,
            video_id,
        )
        wanted = set(caption_ids(asked))
        covered: dict[UUID, set[int]] = {}
        for job in jobs:
            given = job.parameters
            if (
                isinstance(given, CaptionOcr | CaptionsOcr)
                and given.cropped_frames_version == asked.cropped_frames_version
                and given.language == asked.language
            ):
                covered[job.id] = wanted.intersection(caption_ids(given))
        left = wanted.difference(*covered.values())
        if wanted and not left:
            return max(jobs, key=lambda job: len(covered.get(job.id, ())))
        if isinstance(asked, CaptionsOcr):
            return msgspec.structs.replace(asked, caption_ids=sorted(left))
        return asked

    async def _supersede(self, video_id: UUID) -> None:
        """Cancel the live crop jobs of the video."""
        older = await self._rows.statements.values(
            """
            select id from captionacc.jobs
            where video_id = $1 and kind = 'crop_and_infer' and state in ('queued', 'running')
                and not cancel_requested
            order by id
            """,
            video_id,
        )
        for job_id in older:
            await self.request_cancel(job_id)

    async def _in_force(self, kind: JobKind, video_id: UUID, digest: str) -> Job | None:
        """The finished job whose result is what the video shows now."""
        match kind:
            case JobKind.VIDEO_INITIAL_PROCESSING:
                return await self._rows.job(
                    """
                    select j.* from captionacc.jobs j
                    join captionacc.videos v on v.id = j.video_id and v.status = 'active'
                    where j.kind = $1 and j.video_id = $2 and j.input_digest = $3
                        and j.state = 'done'
                    order by j.ended_at desc limit 1
                    """,
                    kind,
                    video_id,
                    digest,
                )
            case JobKind.CROP_AND_INFER:
                return await self._rows.job(
                    """
                    select j.* from captionacc.jobs j
                    join captionacc.cropped_frames_versions c on c.job_id = j.id
                    join captionacc.videos v
                        on v.id = j.video_id and v.caption_status <> 'error'
                    where j.video_id = $1 and j.input_digest = $2 and j.state = 'done'
                        and c.status = 'active' and c.model_version = $3
                    """,
                    video_id,
                    digest,
                    # Another model found these extents; this release would find others.
                    EXTENTS_MODEL_VERSION,
                )
            case JobKind.CAPTION_OCR | JobKind.CAPTIONS_OCR:
                # A person who requests a text again wants the call to run again.
                return None
            case _:
                assert_never(kind)

    def _refusal(self, job: Job, status: str) -> PermanentError:
        match job.parameters:
            case InitialProcessing() | CropAndInfer():
                return PermanentError(
                    ErrorCode.STATE_CONFLICT,
                    f"The video is {status}, so {job.kind.value} cannot start now.",
                )
            case CaptionOcr() | CaptionsOcr():
                return PermanentError(
                    ErrorCode.NOT_FOUND,
                    "The video lacks some of these captions; load its captions again.",
                )

    async def request_cancel(self, job_id: UUID) -> Job:
        """Cancel the job: at once while it waits, by its worker while it runs.

        A job that has ended is returned as it is.

        Raises:
            PermanentError: ``not_found``.
        """
        await self._rows.lock_video_of(job_id)
        job = await self._rows.job(
            """
            update captionacc.jobs set
                cancel_requested = true,
                state = case state when 'queued' then 'cancelled' else state end,
                ended_at = case state when 'queued' then now() end
            where id = $1 and state in ('queued', 'running')
            returning *
            """,
            job_id,
        )
        if job is None:
            job = await self._rows.get(job_id)
            if job is None:
                raise PermanentError(ErrorCode.NOT_FOUND, f"There is no job {job_id}.")
            return job
        if job.ended_at is None:
            self._rows.announcements.cancel(job.id)
        else:
            await self._rows.after_cancel(job)
        return job
