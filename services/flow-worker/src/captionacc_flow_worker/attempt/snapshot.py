"""Stores the file with a video's captions that the web app opens."""

import asyncio
import tempfile
from pathlib import Path

from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import captions as captions_file
from captionacc_observability.logging import get_logger
from captionacc_supabase.rows import Caption

from captionacc_flow_worker.attempt.job_context import JobContext

log = get_logger(__name__)


async def store_captions(context: JobContext) -> None:
    """Write ``captions.db.gz`` from the current rows.

    A failure is only logged: the rows are the truth, and the next change writes the file again.
    """
    job = context.job
    try:
        async with context.services.database.transaction() as session:
            rows = await session.captions.for_video(job.video_id)
        body = await asyncio.to_thread(_snapshot, rows)
        key = object_keys.captions_db(TenantId(job.tenant_id), VideoId(job.video_id))
        await context.services.store.put(key, body, content_type="application/gzip")
    except Exception as error:  # noqa: BLE001  the job is published, and the file may follow later
        log.warning("captions_snapshot_failed", error=str(error))


def _snapshot(rows: list[Caption]) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "captions.db.gz"
        captions_file.write(path, rows)
        return path.read_bytes()
