"""Removes the objects of videos that a person deleted: the upload and all that was made of it."""

from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_observability.logging import get_logger
from captionacc_supabase.uploads.deletions import DeletedVideo

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.sweeping.claimed_calls import stop_claimed_calls
from captionacc_flow_worker.upkeep.sweeping.removal import Removal

log = get_logger(__name__)

# Per pass; each costs a few requests to the store.
_VIDEOS = 50


class RequestedDeletions:
    """Empties the folders of deleted videos, and says so once they are empty.

    After ``look_again_s`` it looks once more: a call that ended late may have written objects.
    """

    def __init__(self, services: Services, removal: Removal, *, look_again_s: float) -> None:
        self._services = services
        self._removal = removal
        self._look_again_s = look_again_s

    async def remove_objects(self, repairs: Repairs) -> None:
        """Remove the objects of up to ``_VIDEOS`` deleted videos, the longest deleted first."""
        async with self._services.database.transaction() as session:
            deleted = await session.deletions.to_empty(_VIDEOS, look_again_s=self._look_again_s)
        for video in deleted:
            # One video that cannot be emptied now must not keep the others waiting.
            try:
                await self._empty(video, repairs)
                async with self._services.database.transaction() as session:
                    await session.deletions.emptied(video)
            except CaptionAccError as error:
                log.warning(
                    "deleted_video_not_emptied", video_id=str(video.video_id), error=str(error)
                )
            else:
                log.info("deleted_video_emptied", video_id=str(video.video_id))

    async def _empty(self, deleted: DeletedVideo, repairs: Repairs) -> None:
        owner = TenantId(deleted.tenant_id), VideoId(deleted.video_id)
        client = object_keys.client_prefix(*owner)
        async with self._services.database.transaction() as session:
            used = await session.deletions.keys_in_use(deleted, client)
        for prefix in (object_keys.server_prefix(*owner), client):
            while keys := [key for key in await self._removal.keys(prefix) if key not in used]:
                await stop_claimed_calls(self._services, keys, repairs)
                await self._removal.remove(keys, repairs)
        own = deleted.storage_key
        if own is not None and own not in used and await self._services.store.exists(own):
            await self._removal.remove([own], repairs)
