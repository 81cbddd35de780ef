"""Makes the flow of a kind of job from the job's steps."""

from typing import Any
from uuid import UUID

from captionacc_contracts.work.flows import FlowName
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.flows import Flow

from captionacc_flow_worker.attempt.flow_body import Steps, run_steps


def job_flow(name: FlowName, description: str | None, steps: Steps) -> Flow[..., Any]:
    """A flow that runs ``steps``.

    Assign it to a variable with the name of the module of ``steps``: the deployment names the flow
    by the module and that name.
    """

    async def run_job(job_id: UUID, video_id: UUID, tenant_id: UUID) -> State[Any]:  # noqa: ARG001  Prefect shows the ids; the steps use the job's row
        return await run_steps(steps)

    run_job.__module__ = steps.__module__
    run_job.__name__ = run_job.__qualname__ = steps.__module__.rpartition(".")[2]
    return flow(name=name.value, description=description, persist_result=False)(run_job)
