"""The repository of jobs, as a session offers it."""

from uuid import UUID

from captionacc_contracts.api import JobView
from captionacc_contracts.work.jobs import JobKind

from captionacc_supabase.announcements import Announcements
from captionacc_supabase.connection.statements import Statements
from captionacc_supabase.jobs.held_jobs import HeldJobs
from captionacc_supabase.jobs.job_rows import JobRows
from captionacc_supabase.jobs.requested_jobs import RequestedJobs
from captionacc_supabase.jobs.waiting_jobs import WaitingJobs
from captionacc_supabase.rows import Job
from captionacc_supabase.statuses import Statuses


class Jobs:
    """All queries and writes of jobs, joined from the classes of this package."""

    def __init__(
        self, statements: Statements, announcements: Announcements, statuses: Statuses
    ) -> None:
        self._rows = JobRows(statements, announcements, statuses)
        requested = RequestedJobs(self._rows)
        waiting = WaitingJobs(self._rows)
        held = HeldJobs(self._rows)

        self.get = self._rows.get
        self.get_many = self._rows.get_many

        self.enqueue = requested.enqueue
        self.request_cancel = requested.request_cancel

        self.heads = waiting.heads
        self.in_progress = waiting.in_progress
        self.running = waiting.running
        self.take_turns = waiting.take_turns
        self.claim = waiting.claim
        self.set_flow_run = waiting.set_flow_run
        self.set_flow_runs = waiting.set_flow_runs
        self.without_flow_run = waiting.without_flow_run
        self.with_flow_run = waiting.with_flow_run
        self.replace_flow_run = waiting.replace_flow_run

        self.renew = held.renew
        self.cancel_requests = held.cancel_requests
        self.hold = held.hold
        self.set_compute_call = held.set_compute_call
        self.release = held.release
        self.retry = held.retry
        self.wait = held.wait
        self.is_held = held.is_held
        self.fail = held.fail
        self.cancelled = held.cancelled
        self.done = held.done
        self.reclaim_expired = held.reclaim_expired

    async def latest(self, video_id: UUID, kind: JobKind | None = None) -> Job | None:
        """The latest request for a job of this kind, or of any kind, on the video."""
        return await self._rows.job(
            """
            select * from captionacc.jobs
            where video_id = $1 and ($2::text is null or kind = $2)
            order by requested_at desc, id desc limit 1
            """,
            video_id,
            kind,
        )

    async def for_video(self, video_id: UUID) -> list[Job]:
        """All jobs of the video, oldest first."""
        return await self._rows.jobs(
            "select * from captionacc.jobs where video_id = $1 order by requested_at, id", video_id
        )

    async def summaries(self, video_id: UUID) -> list[JobView]:
        """All jobs of the video, oldest first, with the fields that users see."""
        return await self._rows.statements.rows(
            JobView,
            """
            select id, kind, state, attempt, requested_at, flow_run_id, started_at, ended_at, error
            from captionacc.jobs where video_id = $1 order by requested_at, id
            """,
            video_id,
        )
