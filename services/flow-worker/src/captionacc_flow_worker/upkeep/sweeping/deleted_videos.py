"""Removes what the system made of videos whose row was deleted in the database.

Their uploads stay; ``requested_deletions`` also removes the upload of a video that a person deleted
through the API. Tenants without a row are not looked at either: a worker that is
connected to an empty database by mistake must not empty the bucket.
"""

from collections.abc import AsyncIterator, Collection
from uuid import UUID

from captionacc_contracts import object_keys
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_observability.logging import get_logger

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.sweeping.claimed_calls import stop_claimed_calls
from captionacc_flow_worker.upkeep.sweeping.removal import Removal

log = get_logger(__name__)

# Per pass. Each video costs one request to the object store.
_VIDEOS = 300
_TENANTS = 50
_FIRST = UUID(int=0)


class DeletedVideos:
    """Looks at every video in the bucket in turn; each pass goes on where the last one stopped."""

    def __init__(self, services: Services, removal: Removal) -> None:
        self._services = services
        self._removal = removal
        self._tenant = _FIRST
        self._after_video: str | None = None

    async def remove_objects(self, repairs: Repairs) -> None:
        """Look at up to ``_VIDEOS`` videos, and remove the objects of those without a row."""
        async with self._services.database.transaction() as session:
            tenants = await session.leftovers.tenants_from(self._tenant, _TENANTS)
        left = _VIDEOS
        for tenant in map(TenantId, tenants):
            if tenant != self._tenant:
                self._tenant, self._after_video = tenant, None
            found = [video async for video in self._videos(tenant, left)]
            for video in await self._deleted(tenant, found):
                await self._remove(tenant, video, repairs)
            left -= len(found)
            if left == 0:
                return
        # After the last tenant, the next pass starts over.
        if len(tenants) < _TENANTS:
            self._tenant = _FIRST
        self._after_video = None

    async def _videos(self, tenant: TenantId, most: int) -> AsyncIterator[VideoId]:
        """Up to ``most`` videos that have objects under ``server/``, with one request each."""
        prefix = f"{tenant}/server/videos/"
        for _ in range(most):
            after = self._after_video or ""
            keys = self._services.store.list(prefix, start_after=after, page_size=1)
            info = await anext(keys, None)
            if info is None:
                return
            name = info.key.removeprefix(prefix).partition("/")[0]
            # "0" follows "/" in ASCII, so this key sorts after every key of the video.
            self._after_video = f"{prefix}{name}0"
            try:
                yield VideoId(UUID(name))
            except ValueError:
                continue

    async def _deleted(self, tenant: TenantId, videos: Collection[VideoId]) -> list[VideoId]:
        if not videos:
            return []
        async with self._services.database.transaction() as session:
            present = await session.leftovers.existing_videos(tenant, videos)
        return [video for video in videos if video not in present]

    async def _remove(self, tenant: TenantId, video: VideoId, repairs: Repairs) -> None:
        keys = await self._removal.keys(object_keys.server_prefix(tenant, video))
        await stop_claimed_calls(self._services, keys, repairs)
        client = object_keys.client_prefix(tenant, video)
        for prefix in (
            f"{client}full_frames/",
            f"{client}cropped_frames_v",
            object_keys.layout_db(tenant, video),
            object_keys.captions_db(tenant, video),
        ):
            keys += await self._removal.keys(prefix)
        await self._removal.remove(keys, repairs)
        log.info("deleted_video_swept", video_id=str(video), objects=len(keys))
