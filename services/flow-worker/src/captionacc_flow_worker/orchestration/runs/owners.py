"""Finds the job that a flow run belongs to."""

from uuid import UUID

from captionacc_supabase.rows import Job
from captionacc_supabase.session import Session
from prefect.client.schemas.objects import FlowRun


async def job_of_run(session: Session, run: FlowRun) -> Job | None:
    """The job that ``run`` shows; ``None`` if it shows none or if another run took its place.

    A run that a person retried keeps the parameters of its first job. So this function also looks
    at later jobs of the same video.
    """
    named = await named_job(session, run)
    if named is None or named.flow_run_id == run.id:
        latest = None if named is None else await session.jobs.latest(named.video_id, named.kind)
        return latest if latest is not None and latest.flow_run_id == run.id else named
    later = [
        job for job in await session.jobs.for_video(named.video_id) if job.flow_run_id == run.id
    ]
    return later[-1] if later else None


async def named_job(session: Session, run: FlowRun) -> Job | None:
    """The job that the run's parameters name."""
    job_id = id_of_named_job(run)
    return None if job_id is None else await session.jobs.get(job_id)


def id_of_named_job(run: FlowRun) -> UUID | None:
    """The id of a job in the run's parameters, whether or not the job exists."""
    try:
        return UUID(str((run.parameters or {}).get("job_id")))
    except ValueError:
        return None
