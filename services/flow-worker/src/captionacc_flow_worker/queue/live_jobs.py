"""The attempts that this worker runs now."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.orchestration.stopping import Stop


class LiveJob:
    """One attempt and the task that runs it."""

    def __init__(self, context: JobContext, task: asyncio.Task[Any]) -> None:
        self._context = context
        self.task = task

    @property
    def job_id(self) -> UUID:
        return self._context.job.id

    @property
    def flow_run_id(self) -> UUID | None:
        return self._context.job.flow_run_id

    @property
    def lease_token(self) -> int:
        return self._context.lease.token

    @property
    def settled(self) -> bool:
        """Whether the row says how the attempt ended; the task may still report to Prefect."""
        return self._context.settled

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the attempt to stop."""
        return self._context.stop is not None

    def stop(self, reason: Stop) -> bool:
        """Ask the attempt to stop; false if it was asked before, has settled or has ended."""
        if self.settled or self.task.done():
            return False
        # A second cancellation would interrupt the clean-up after the first cancellation.
        if not self._context.stop_request.make(reason):
            return False
        self.task.cancel()
        return True


class LiveJobs:
    """Attempts by lease token, not by job: two attempts of a job overlap while the earlier one
    still reports to Prefect.
    """

    def __init__(self) -> None:
        self._jobs: dict[int, LiveJob] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[LiveJob]:
        return iter(list(self._jobs.values()))

    def add(self, job: LiveJob) -> None:
        """Keep the attempt until its task ends."""
        token = job.lease_token
        self._jobs[token] = job
        job.task.add_done_callback(lambda _task: self._jobs.pop(token))

    @property
    def working(self) -> int:
        """The number of attempts that have not settled; the others only report to Prefect."""
        return sum(not job.settled for job in self)

    def of_job(self, job_id: UUID) -> list[LiveJob]:
        """The attempts of a job that run here, oldest first; all except the last are ending."""
        return [job for job in self if job.job_id == job_id]

    def of_flow_run(self, run_id: UUID) -> list[LiveJob]:
        return [job for job in self if job.flow_run_id == run_id]

    async def wait_until_empty(self, timeout_s: float) -> bool:
        """Whether all tasks ended within ``timeout_s``."""
        tasks = [job.task for job in self]
        if not tasks:
            return True
        _, pending = await asyncio.wait(tasks, timeout=timeout_s)
        return not pending
