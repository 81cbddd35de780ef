"""Pure: which runs to make together, and what a run should say, given the job's row."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import JobState
from captionacc_supabase.rows import Job

from captionacc_flow_worker.orchestration.states import REQUEUED


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


def batches(jobs: Sequence[Job], size: int) -> list[list[Job]]:
    """The jobs in lists of one kind and at most ``size`` each, in the order of their first."""
    found: dict[tuple[JobKind, int], list[Job]] = {}
    counts: Counter[JobKind] = Counter()
    for job in jobs:
        found.setdefault((job.kind, counts[job.kind] // size), []).append(job)
        counts[job.kind] += 1
    return list(found.values())


def state_for(job_state: JobState) -> str | None:
    """Name of the state that the run of a job belongs in; ``None``: its worker says."""
    match job_state:
        case JobState.QUEUED:
            return REQUEUED
        case JobState.RUNNING:
            return None
        case JobState.DONE:
            return "Completed"
        case JobState.ERROR:
            return "Failed"
        case JobState.CANCELLED:
            return "Cancelled"
