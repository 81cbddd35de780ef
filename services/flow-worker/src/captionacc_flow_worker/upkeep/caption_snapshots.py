"""Keeps ``captions.db.gz`` of each video up to date with the edits of people.

Edits happen in the gateway or by SQL, and a trigger marks the video in the same transaction. Any
number of workers may look for marked videos; each video is claimed by one of them.
"""

import asyncio

from captionacc_observability.logging import get_logger
from captionacc_observability.metrics import Counter
from captionacc_supabase.database import Database
from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.attempt.snapshot import CLAIM_S, write_snapshot

log = get_logger(__name__)

WRITTEN = Counter(
    "captionacc_worker_caption_snapshots", "Snapshots of captions that edits made due", ["outcome"]
)

# Together with the second for which edits are gathered, a file is two to three seconds behind.
_PERIOD_S = 1.0
# Uploads at a time: a file is small, so that most of its time is waiting for the store.
_AT_ONCE = 4


async def follow_edits(database: Database, store: ObjectStore, period_s: float = _PERIOD_S) -> None:
    """Write the snapshots that are due every ``period_s`` until cancelled."""
    while True:
        try:
            while await write_due(database, store):
                pass
        except Exception as error:  # noqa: BLE001  the next look may succeed
            log.warning("caption_snapshots_not_looked_at", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(period_s)


async def write_due(database: Database, store: ObjectStore) -> bool:
    """Write some of the snapshots that are due; returns whether others may be due too."""
    async with database.transaction() as session:
        claims = await session.caption_snapshots.claim_due(_AT_ONCE, CLAIM_S)
    async with asyncio.TaskGroup() as group:
        writing = [group.create_task(write_snapshot(database, store, claim)) for claim in claims]
    stored = [task.result() for task in writing]
    WRITTEN.labels(outcome="stored").inc(stored.count(True))
    WRITTEN.labels(outcome="failed").inc(stored.count(False))
    # While the store is away, further attempts would fail too.
    return len(stored) == _AT_ONCE and all(stored)
