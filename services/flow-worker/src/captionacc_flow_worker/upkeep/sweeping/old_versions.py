"""Fails unfinished versions of cropped frames, and removes the objects of old ones."""

from uuid import UUID

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_supabase.database import Database

from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.sweeping.removal import Removal

_BATCH = 50
_START = (UUID(int=0), 0)


class VersionAges(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds for which the objects of versions are kept."""

    # A failed version is kept for an hour, so that people can look at what it holds.
    failed_kept_s: float = 3600.0
    # A replaced version is kept for a week, since a browser may still show it.
    archived_kept_s: float = 7 * 86400.0


class OldVersions:
    """Remembers how far it got, so that each pass goes on where the last one stopped."""

    def __init__(self, database: Database, removal: Removal, ages: VersionAges) -> None:
        self._database = database
        self._removal = removal
        self._ages = ages
        self._after = _START

    async def fail_unfinished(self, repairs: Repairs) -> None:
        """Fail versions in the state ``processing`` whose job has ended."""
        async with self._database.transaction() as session:
            failed = await session.leftovers.fail_unfinished_versions(_BATCH)
        repairs.add("versions_failed", failed)

    async def remove_objects(self, repairs: Repairs) -> None:
        """Remove the objects of versions that failed or were replaced long ago.

        The rows stay as history.
        """
        async with self._database.transaction() as session:
            versions = await session.leftovers.versions_to_empty(
                self._after,
                failed_kept_s=self._ages.failed_kept_s,
                archived_kept_s=self._ages.archived_kept_s,
                limit=_BATCH,
            )
        for row in versions:
            owner = TenantId(row.tenant_id), VideoId(row.video_id)
            keys = []
            for prefix in (
                # The chunks of the other tracks lie under the prefix of the first one.
                object_keys.chunks_prefix(*owner, row.version),
                object_keys.extents_db(*owner, row.version),
                object_keys.other_extents_prefix(*owner, row.version),
            ):
                keys += await self._removal.keys(prefix)
            await self._removal.remove(keys, repairs)
            self._after = (row.video_id, row.version)
        if len(versions) < _BATCH:
            self._after = _START
