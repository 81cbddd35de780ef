"""What the reconciler says, and which state a run belongs in."""

import pytest
from captionacc_contracts.states import JobState
from captionacc_flow_worker.repairs import Repairs, state_for


def test_sentence_counts_by_kind() -> None:
    repairs = Repairs()
    assert repairs.sentence() == "Nothing to repair."

    repairs.add("runs_made", 2)
    repairs.add("leases_reclaimed", 0)
    repairs.add("runs_made")

    assert repairs.sentence() == "Repaired runs_made: 3."


@pytest.mark.parametrize("state", list(JobState))
def test_only_a_running_job_speaks_for_itself(state: JobState) -> None:
    assert (state_for(state) is None) == (state is JobState.RUNNING)
