"""Versions of cropped frames whose job ended before it finished them."""

from collections.abc import Collection
from uuid import UUID

from captionacc_supabase.connection.statements import Statements


async def fail_versions_of(statements: Statements, job_ids: Collection[UUID]) -> int:
    """Mark the versions that these jobs did not finish as failed; returns how many."""
    failed = await statements.values(
        """
        update captionacc.cropped_frames_versions set status = 'failed'
        where job_id = any($1::uuid[]) and status = 'processing'
        returning version
        """,
        list(job_ids),
    )
    return len(failed)
