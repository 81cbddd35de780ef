"""Score an order and store its job."""

from captionacc_observability import context, metrics
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job

from captionacc_launching.orders import Order, new_job, score_request
from captionacc_launching.priority_service import Scores

ASKED = metrics.Counter("captionacc_jobs_asked_for", "Jobs asked for", ["kind", "created"])

_log = get_logger(__name__)


async def ask_for(order: Order, database: Database, scores: Scores) -> tuple[Job, bool]:
    """Store the job of an order; the job is durable when this returns.

    Returns:
        The job, and whether it is new. If an equal job waits, runs, or has the result in force,
        that job is returned instead.

    Raises:
        TransientError: ``database_unavailable``; nothing was stored.
        PermanentError: ``state_conflict`` or ``not_found``; the rows do not allow the work.
    """
    # Score first, so that the transaction does not stay open during a call to another service.
    async with database.autocommit() as session:
        standing = await session.policies.in_force()
    score = await scores.score(score_request(order, standing))
    async with database.transaction() as session:
        job, created = await session.jobs.enqueue(new_job(order, score, standing.number))
    ASKED.labels(job.kind, created).inc()
    with context.bind(job_id=job.id, video_id=job.video_id):
        _log.info("job_asked_for", kind=job.kind, created=created, priority=job.priority)
    return job, created
