"""What a job's flow run is made of, and how our requests to Prefect prove who sends them."""

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
"""The state in which every run is made."""


def run_parameters(job: Job) -> dict[str, str]:
    """Parameters of the job's flow run, by name."""
    parameters = FlowParameters(job_id=job.id, video_id=job.video_id, tenant_id=job.tenant_id)
    return {name: str(value) for name, value in msgspec.structs.asdict(parameters).items()}


def run_fields(job: Job) -> dict[str, Any]:
    """Fields of the job's flow run, by the names of Prefect's API.

    The idempotency key makes it the same run however often it is made.
    """
    return {
        "name": run_name(job.video_id),
        "parameters": run_parameters(job),
        "tags": job.tags,
        "idempotency_key": idempotency_key(job.id),
        "work_queue_name": work_queue(job.static_score, ageing=job.ageing),
    }


def basic_authorization(auth_string: str) -> str:
    """The ``Authorization`` header for Prefect's basic authentication, ``user:password``."""
    return f"Basic {base64.b64encode(auth_string.encode()).decode()}"
