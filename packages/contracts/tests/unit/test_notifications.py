from uuid import UUID

import pytest
from captionacc_contracts import notifications

JOB = UUID(int=7)


def test_a_cancellation_names_its_job() -> None:
    assert notifications.job_to_cancel(notifications.cancel(JOB)) == JOB


@pytest.mark.parametrize("payload", ["", "cancel:", "cancel:7", notifications.queued(JOB)])
def test_other_payloads_cancel_nothing(payload: str) -> None:
    assert notifications.job_to_cancel(payload) is None
