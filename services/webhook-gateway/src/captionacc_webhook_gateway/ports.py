"""What the launcher needs from Prefect."""

from typing import Protocol
from uuid import UUID

from captionacc_supabase.rows import Job


class FlowRuns(Protocol):
    async def make(self, job: Job) -> UUID | None:
        """Make the job's flow run, or return the existing one; ``None`` while Prefect is away."""
        ...

    async def cancel(self, flow_run_id: UUID) -> None:
        """Show a run that never started as cancelled. Never raises."""
        ...
