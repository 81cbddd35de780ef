"""The fields of a job's flow run, and the authorization of requests to Prefect."""

import base64
from typing import Any

import msgspec
from captionacc_contracts.work.flows import (
    FlowParameters,
    idempotency_key,
    run_name,
    work_queue,
)
from captionacc_supabase.rows import Job

WAITS_TO_START = {"type": "SCHEDULED"}
"""The first state of each run."""


def run_parameters(job: Job) -> dict[str, str]:
    """Return the parameters of the job's flow run by name."""
    parameters = FlowParameters(job_id=job.id, video_id=job.video_id, tenant_id=job.tenant_id)
    return {name: str(value) for name, value in msgspec.structs.asdict(parameters).items()}


def run_fields(job: Job) -> dict[str, Any]:
    """Return the fields of the job's flow run by their names in Prefect's API.

    Repeated requests return the same run, since the idempotency key names the job.
    """
    return {
        "name": run_name(job.video_id, job.video_name),
        "parameters": run_parameters(job),
        "tags": job.tags,
        "idempotency_key": idempotency_key(job.id),
        "work_queue_name": work_queue(job.static_score, ageing=job.ageing),
    }


def basic_authorization(auth_string: str) -> str:
    """Return the ``Authorization`` header for ``user:password``, Prefect's basic authentication."""
    return f"Basic {base64.b64encode(auth_string.encode()).decode()}"
