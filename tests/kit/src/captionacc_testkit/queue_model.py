"""A brute-force model of the queue's rules; tests compare the scheduler with it.

It follows the description of the policy, not the code, so it does not repeat the code's mistakes.
For every choice it looks at every waiting job, without heads and heaps.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from captionacc_contracts.work.priority import PriorityPolicy
from captionacc_contracts.work.tiers import Tier


@dataclass(kw_only=True)
class QueuedJob:
    """When ``not_before`` is None, the job may start immediately."""

    job_id: UUID
    tenant_id: UUID
    static_score: float
    ageing: bool
    requested_at: datetime
    not_before: datetime | None = None


@dataclass(kw_only=True)
class QueueModel:
    """Waiting and running jobs; ``limits`` bounds the running jobs of the tenants it names."""

    policy: PriorityPolicy
    waiting: dict[UUID, QueuedJob] = field(default_factory=dict)
    running: dict[UUID, QueuedJob] = field(default_factory=dict)
    limits: dict[UUID, int] = field(default_factory=dict)

    def static_score(
        self, tier: Tier, *, size_bytes: int | None, base_override: float | None
    ) -> float:
        """A job's static score: its tier's base or the override, plus the small-video bonus."""
        start = base_override if base_override is not None else self.policy.base_scores[tier]
        if size_bytes is not None and 0 < size_bytes < self.policy.small_video_bytes:
            start = start + self.policy.small_video_bonus
        return start if start < 100 else 100.0

    def running_of(self, tenant_id: UUID) -> int:
        return sum(job.tenant_id == tenant_id for job in self.running.values())

    def in_progress(self) -> dict[UUID, int]:
        """The number of running jobs per tenant with running jobs."""
        counts: dict[UUID, int] = {}
        for job in self.running.values():
            counts[job.tenant_id] = counts.get(job.tenant_id, 0) + 1
        return counts

    def may_start(self, now: datetime) -> list[QueuedJob]:
        """The waiting jobs that are due and whose tenant is below its limit."""
        counts = self.in_progress()
        return [
            job
            for job in self.waiting.values()
            if (job.not_before is None or job.not_before <= now)
            and counts.get(job.tenant_id, 0) < self.limits.get(job.tenant_id, 1_000_000)
        ]

    def best(self, now: datetime) -> UUID | None:
        """The job to start next; None when no job may start."""
        counts = self.in_progress()

        def place(job: QueuedJob) -> tuple[float, datetime, UUID]:
            penalty = self.policy.fair_share_penalty * counts.get(job.tenant_id, 0)
            return (penalty - self._points(job, now), job.requested_at, job.job_id)

        found = min(self.may_start(now), key=place, default=None)
        return None if found is None else found.job_id

    def start(self, job_id: UUID) -> None:
        self.running[job_id] = self.waiting.pop(job_id)

    def _points(self, job: QueuedJob, now: datetime) -> float:
        if not job.ageing:
            return job.static_score
        waited = (now - job.requested_at) / timedelta(hours=1)
        if waited > self.policy.max_wait_hours:
            return 100.0
        bonus = min(max(0.0, waited) * self.policy.ageing_per_hour, self.policy.ageing_cap)
        return min(100.0, job.static_score + bonus)
