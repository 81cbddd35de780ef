"""What the launcher needs from Prefect."""

from typing import Protocol
from uuid import UUID

from captionacc_supabase.rows import Job


class FlowRuns(Protocol):
    async def make(self, job: Job) -> UUID | None:
        """The flow run of a job, equal on every call; ``None`` while Prefect is away."""
        ...

    async def cancel(self, flow_run_id: UUID) -> None:
        """Show a run that never started as cancelled; never raises."""
        ...
