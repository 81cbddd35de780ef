"""What the reconciler says, and which state a run belongs in."""

from types import SimpleNamespace
from typing import Any

import pytest
from captionacc_contracts.work.states import JobState
from captionacc_flow_worker.upkeep.repairs import Repairs, batches, state_for


def test_sentence_counts_by_kind() -> None:
    repairs = Repairs()
    assert repairs.sentence() == "Nothing to repair."

    repairs.add("runs_made", 2)
    repairs.add("leases_reclaimed", 0)
    repairs.add("runs_made")

    assert repairs.sentence() == "Repaired runs_made: 3."


def test_batches_are_of_one_kind_each_in_the_order_of_their_first() -> None:
    jobs: Any = [
        SimpleNamespace(kind=kind, number=number) for number, kind in enumerate("abaabbbaaa")
    ]

    found: Any = batches(jobs, 3)

    assert [[job.number for job in batch] for batch in found] == [
        [0, 2, 3],
        [1, 4, 5],
        [6],
        [7, 8, 9],
    ]
    assert batches([], 3) == []


@pytest.mark.parametrize("state", list(JobState))
def test_only_a_running_job_speaks_for_itself(state: JobState) -> None:
    assert (state_for(state) is None) == (state is JobState.RUNNING)
