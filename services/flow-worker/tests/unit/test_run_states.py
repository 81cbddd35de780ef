"""Which state a flow run should be in, given its job."""

from types import SimpleNamespace
from typing import Any

import pytest
from captionacc_contracts.errors import ErrorCode, ErrorReport
from captionacc_contracts.work.states import JobState
from captionacc_flow_worker.orchestration.runs.states import state_of


def job(state: JobState, error: ErrorReport | None = None) -> Any:
    return SimpleNamespace(state=state, error=error)


NAMES = {
    JobState.QUEUED: "Requeued",
    JobState.DONE: "Completed",
    JobState.ERROR: "Failed",
    JobState.CANCELLED: "Cancelled",
}


@pytest.mark.parametrize(("state", "name"), NAMES.items())
def test_a_run_shows_the_state_of_its_job(state: JobState, name: str) -> None:
    shown = state_of(job(state), "Repaired.")

    assert shown is not None
    assert (shown.name, shown.message) == (name, "Repaired.")


def test_the_worker_of_a_running_job_reports_its_state_itself() -> None:
    assert state_of(job(JobState.RUNNING), "Repaired.") is None


def test_the_run_of_a_failed_job_shows_the_error() -> None:
    error = ErrorReport(code=ErrorCode.INTERNAL, message="Broken.", stage="ocr")

    shown = state_of(job(JobState.ERROR, error), "Repaired.")

    assert shown is not None
    assert shown.message == "ocr: Broken."
