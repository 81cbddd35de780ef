"""Pure: what a run in Prefect should say, given the job's row."""

from collections import Counter

import msgspec
from captionacc_contracts.states import JobState


class Repairs(msgspec.Struct, kw_only=True):
    """What one pass of the reconciler did, by kind of repair."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, kind: str, number: int = 1) -> None:
        if number:
            self.counts[kind] += number

    def sentence(self) -> str:
        if not self.counts:
            return "Nothing to repair."
        found = ", ".join(f"{kind}: {number}" for kind, number in sorted(self.counts.items()))
        return f"Repaired {found}."


def state_for(job_state: JobState) -> str | None:
    """Name of the state that the run of a job belongs in; ``None``: its worker says."""
    match job_state:
        case JobState.QUEUED:
            return "AwaitingRetry"
        case JobState.RUNNING:
            return None
        case JobState.DONE:
            return "Completed"
        case JobState.ERROR:
            return "Failed"
        case JobState.CANCELLED:
            return "Cancelled"
