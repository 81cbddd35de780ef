"""What launching needs from other systems."""

from typing import Protocol
from uuid import UUID

from captionacc_contracts.work.priority import PriorityScore, ScoreRequest
from captionacc_supabase.rows import Job


class Scores(Protocol):
    async def score(self, request: ScoreRequest) -> PriorityScore:
        """The score of a job; never raises, falls back to the tier's base score."""
        ...


class FlowRuns(Protocol):
    async def make(self, job: Job) -> UUID | None:
        """The flow run of a job, the same one on a second call; null while Prefect is away."""
        ...

    async def cancel(self, flow_run_id: UUID) -> None:
        """Show in Prefect that a run which never started will not; never raises."""
        ...
