"""Stores the file with a video's captions that the web app opens."""

import asyncio
import tempfile
from pathlib import Path

from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.sqlite_files import captions as captions_file
from captionacc_observability.logging import get_logger
from captionacc_supabase.caption_versions.snapshots import SnapshotClaim
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Caption
from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.attempt.job_context import JobContext

log = get_logger(__name__)

# The largest file has a few MB. A longer upload would hold up the snapshots of other videos.
_UPLOAD_S = 20.0
# Well above the upload's limit, so that no upload of an older file ends after another writer's.
CLAIM_S = 60.0
# Long enough not to burden a store that is away, short enough for a person who waits.
_AGAIN_AFTER_S = 5.0


async def store_captions(context: JobContext) -> None:
    """Write ``captions.db.gz`` after a job that changed captions.

    A failure is only logged: the rows are the truth, and a worker writes the file a little later.
    """
    services = context.services
    try:
        async with services.database.transaction() as session:
            claim = await session.caption_snapshots.claim(context.job.video_id, CLAIM_S)
    except (CaptionAccError, TimeoutError) as error:
        log.warning("captions_snapshot_failed", error=str(error))
        return
    if claim is not None:
        await write_snapshot(services.database, services.store, claim)


async def write_snapshot(database: Database, store: ObjectStore, claim: SnapshotClaim) -> bool:
    """Write the file of a claimed video from its rows; returns whether all is well.

    A video that was deleted meanwhile gets no file. After a failure, the file is due again. No
    transaction is open during the upload.
    """
    try:
        async with database.transaction() as session:
            content = await session.caption_snapshots.content(claim)
        if content is None:
            return True
        changes, rows = content
        body = await asyncio.to_thread(_snapshot, rows)
        key = object_keys.captions_db(TenantId(claim.tenant_id), VideoId(claim.video_id))
        async with asyncio.timeout(_UPLOAD_S):
            await store.put(key, body, content_type="application/gzip")
        async with database.transaction() as session:
            exists = await session.caption_snapshots.stored(claim, changes)
        if not exists:
            await store.delete([key])
    except Exception as error:  # noqa: BLE001  whatever it is, the file is due again
        log.warning(
            "captions_snapshot_failed",
            video_id=str(claim.video_id),
            error=f"{type(error).__name__}: {error}",
        )
        await _release(database, claim)
        return False
    return True


async def _release(database: Database, claim: SnapshotClaim) -> None:
    try:
        async with database.transaction() as session:
            await session.caption_snapshots.not_stored(claim, _AGAIN_AFTER_S)
    except (CaptionAccError, TimeoutError) as error:
        # The claim ends by itself.
        log.warning("captions_snapshot_not_released", error=str(error))


def _snapshot(rows: list[Caption]) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "captions.db.gz"
        captions_file.write(path, rows)
        return path.read_bytes()
