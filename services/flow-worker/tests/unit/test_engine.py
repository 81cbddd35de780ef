import contextlib

import pytest
from captionacc_flow_worker.orchestration.engine import drive
from captionacc_flow_worker.orchestration.stopping import Abandoned
from prefect.states import Running


class GivenUp:
    """An engine whose flow gives its job up, as ``InProcessEngine`` keeps it."""

    def __init__(self):
        self.state = Running()
        self._raised = None

    @contextlib.asynccontextmanager
    async def start(self):
        yield

    run_context = start

    def is_running(self):
        return True

    async def call_flow_fn(self):
        self._raised = Abandoned()


async def test_a_flow_that_gave_its_job_up_is_no_flow_that_did_not_start():
    # Taken for one, its job would end in error: a database away for a moment would do.
    with pytest.raises(Abandoned):
        await drive(GivenUp())
