"""The jobs that this worker runs now."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from captionacc_flow_worker.attempt.job_context import JobContext
from captionacc_flow_worker.attempt.stopping import Stop


@dataclass(frozen=True, kw_only=True)
class LiveJob:
    context: JobContext
    task: asyncio.Task[Any]

    def stop(self, reason: Stop) -> bool:
        """Ask the job to stop, once; ``False`` when it was asked before or is published."""
        # A second cancellation would break the clean-up that the first one started.
        if self.context.stop is not None or self.context.settled or self.task.done():
            return False
        self.context.stop = reason
        if self.context.engine is not None:
            self.context.engine.stop = reason
        self.task.cancel()
        return True


class LiveJobs:
    """By lease token, since an attempt may still tell Prefect of its end when the next begins."""

    def __init__(self) -> None:
        self._jobs: dict[int, LiveJob] = {}
        self.changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[LiveJob]:
        return iter(list(self._jobs.values()))

    def add(self, job: LiveJob) -> None:
        token = job.context.lease.token
        self._jobs[token] = job
        job.context.on_settled = self.changed.set

        def leave(_task: asyncio.Task[Any]) -> None:
            del self._jobs[token]
            self.changed.set()

        job.task.add_done_callback(leave)

    @property
    def working(self) -> int:
        """How many have not settled: one whose result is out only tells Prefect of it."""
        return sum(not job.context.settled for job in self)

    def of_job(self, job_id: UUID) -> list[LiveJob]:
        """The attempts of a job that run here, oldest first; all but the last are ending."""
        return [job for job in self if job.context.job.id == job_id]

    def of_flow_run(self, run_id: UUID) -> list[LiveJob]:
        return [job for job in self if job.context.job.flow_run_id == run_id]

    async def wait_until_empty(self, timeout_s: float) -> bool:
        """Whether all tasks ended within ``timeout_s``."""
        tasks = [job.task for job in self]
        if not tasks:
            return True
        _, pending = await asyncio.wait(tasks, timeout=timeout_s)
        return not pending
