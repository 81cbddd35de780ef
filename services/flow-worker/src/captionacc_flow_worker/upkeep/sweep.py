"""Removes what nobody needs any more: calls, versions of cropped frames, objects, directories.

Every step is bounded, may be repeated and counts what it did. What a step did not get to, the next
pass goes on with. Uploads are never touched, and tenants that are gone as a whole are not looked
at: a bucket must not be emptied because the worker looks at an empty database.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from uuid import UUID

from captionacc_calls.claims import read_claim
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.attempt.settling import stop_call
from captionacc_flow_worker.upkeep.repairs import Repairs

log = get_logger(__name__)

_BATCH = 50
_VIDEOS = 300
_TENANTS = 50
_OBJECTS = 5000
_LIMIT_S = 40.0
_CLAIM = ".claim.json"
_FIRST = UUID(int=0)


class Sweep:
    """Times are seconds. A call gets ``call_grace_s`` before it counts as nobody's; objects of
    failed versions ``failed_kept_s``, of replaced ones ``archived_kept_s``; ended local calls
    ``calls_kept_s``. The store is looked at every ``period_s``.
    """

    def __init__(
        self,
        services: Services,
        *,
        call_grace_s: float = 60.0,
        failed_kept_s: float = 3600.0,
        archived_kept_s: float = 7 * 86400.0,
        calls_kept_s: float = 86400.0,
        period_s: float = 600.0,
    ) -> None:
        self._services = services
        self._call_grace_s = call_grace_s
        self._failed_kept_s = failed_kept_s
        self._archived_kept_s = archived_kept_s
        self._calls_kept_s = calls_kept_s
        self._period_s = period_s
        self._swept_at = float("-inf")
        self._version = (_FIRST, 0)
        self._tenant = _FIRST
        self._after_video: str | None = None

    async def run(self, repairs: Repairs) -> None:
        """One pass.

        Raises:
            CaptionAccError, TimeoutError: the rest waits for the next pass.
        """
        async with asyncio.timeout(_LIMIT_S):
            await self._stop_ended_jobs_calls(repairs)
            await self._stop_unwanted_calls(repairs)
            await self._fail_versions(repairs)
            now = asyncio.get_running_loop().time()
            if now - self._swept_at < self._period_s:
                return
            self._swept_at = now
            tidied = await self._services.compute.tidy(kept_s=self._calls_kept_s, limit=_BATCH)
            repairs.add("calls_forgotten", tidied)
            await self._empty_versions(repairs)
            await self._sweep_deleted_videos(repairs)

    async def _stop_ended_jobs_calls(self, repairs: Repairs) -> None:
        """A worker died, or could not reach Modal, before it cancelled the call of its job."""
        async with self._services.database.transaction() as session:
            jobs = await session.ended_jobs.with_compute_call(_BATCH)
        for job in jobs:
            if job.compute_call is None:
                continue
            try:
                await stop_call(self._services, job, job.compute_call)
                repairs.add("calls_stopped")
            except CaptionAccError as error:
                log.warning("call_not_stopped", job_id=str(job.id), error=str(error))

    async def _stop_unwanted_calls(self, repairs: Repairs) -> None:
        """Calls that run for a video with no work under way, or for none at all."""
        running = [
            call
            for call in await self._services.compute.running()
            if call.age_s > self._call_grace_s
        ]
        if not running:
            return
        async with self._services.database.transaction() as session:
            busy = await session.repairing.videos_with_work([call.video_id for call in running])
        for call in running:
            if call.video_id not in busy:
                await self._services.compute.cancel(call.call)
                repairs.add("calls_stopped")

    async def _fail_versions(self, repairs: Repairs) -> None:
        """Versions that say they are being made, with nobody making them."""
        async with self._services.database.transaction() as session:
            failed = await session.leftovers.fail_unfinished_versions(_BATCH)
        repairs.add("versions_failed", failed)

    async def _empty_versions(self, repairs: Repairs) -> None:
        """Objects of versions that failed or were replaced long ago; the rows stay as history."""
        async with self._services.database.transaction() as session:
            versions = await session.leftovers.versions_to_empty(
                self._version,
                failed_kept_s=self._failed_kept_s,
                archived_kept_s=self._archived_kept_s,
                limit=_BATCH,
            )
        for row in versions:
            owner = TenantId(row.tenant_id), VideoId(row.video_id)
            prefix = object_keys.chunks_prefix(*owner, row.version)
            keys = [key async for key in _keys(self._services.store, prefix)]
            extents = object_keys.extents_db(*owner, row.version)
            if await self._services.store.exists(extents):
                keys.append(extents)
            await self._remove(keys, repairs)
            self._version = (row.video_id, row.version)
        if len(versions) < _BATCH:
            self._version = (_FIRST, 0)

    async def _sweep_deleted_videos(self, repairs: Repairs) -> None:
        async with self._services.database.transaction() as session:
            tenants = await session.leftovers.tenants_from(self._tenant, _TENANTS)
        left = _VIDEOS
        for tenant in map(TenantId, tenants):
            if tenant != self._tenant:
                self._tenant, self._after_video = tenant, None
            found = [video async for video in self._videos(tenant, left)]
            for video in await self._deleted(tenant, found):
                await self._sweep_video(tenant, video, repairs)
            left -= len(found)
            if left == 0:
                return
        # Start over once the last tenant was looked at.
        if len(tenants) < _TENANTS:
            self._tenant = _FIRST
        self._after_video = None

    async def _videos(self, tenant: TenantId, most: int) -> AsyncIterator[VideoId]:
        """Videos with objects of ours, one request each whatever they hold."""
        prefix = f"{tenant}/server/videos/"
        for _ in range(most):
            after = self._after_video or ""
            keys = self._services.store.list(prefix, start_after=after, page_size=1)
            info = await anext(keys, None)
            if info is None:
                return
            name = info.key.removeprefix(prefix).partition("/")[0]
            # The character after the slash: past every key of this video.
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

    async def _sweep_video(self, tenant: TenantId, video: VideoId, repairs: Repairs) -> None:
        server = object_keys.server_prefix(tenant, video)
        keys = [key async for key in _keys(self._services.store, server)]
        for key in keys:
            if key.endswith(_CLAIM) and key.removesuffix(_CLAIM) + ".result.json" not in keys:
                await self._stop_claimed(key, repairs)
        client = object_keys.client_prefix(tenant, video)
        made = (
            f"{client}full_frames/",
            f"{client}cropped_frames_v",
            object_keys.layout_db(tenant, video),
            object_keys.captions_db(tenant, video),
        )
        for prefix in made:
            keys += [key async for key in _keys(self._services.store, prefix)]
        await self._remove(keys, repairs)
        log.info("deleted_video_swept", video_id=str(video), objects=len(keys))

    async def _stop_claimed(self, key: str, repairs: Repairs) -> None:
        claim = await read_claim(self._services.store, key)
        if claim is not None:
            await self._services.compute.cancel(
                ComputeCall(call_id=claim.call_id, function=claim.function, digest=claim.digest)
            )
            repairs.add("calls_stopped")

    async def _remove(self, keys: list[str], repairs: Repairs) -> None:
        if keys:
            await self._services.store.delete(keys)
            repairs.add("objects_removed", len(keys))


async def _keys(store: ObjectStore, prefix: str) -> AsyncIterator[str]:
    """At most ``_OBJECTS`` keys; what is left is found by a later pass."""
    number = 0
    async for info in store.list(prefix):
        yield info.key
        number += 1
        if number == _OBJECTS:
            return
