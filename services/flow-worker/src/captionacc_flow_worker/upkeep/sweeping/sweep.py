"""Removes what nobody needs any more: calls, old versions of cropped frames, orphaned objects.

Every step is bounded, may run any number of times and counts what it did. The next pass goes on
with what a step leaves. An upload goes only when a person deleted its video, or never completed it.
"""

import asyncio

import msgspec

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.upkeep.repairs import Repairs
from captionacc_flow_worker.upkeep.sweeping.deleted_videos import DeletedVideos
from captionacc_flow_worker.upkeep.sweeping.expired_uploads import remove_expired_uploads
from captionacc_flow_worker.upkeep.sweeping.old_versions import OldVersions, VersionAges
from captionacc_flow_worker.upkeep.sweeping.removal import Removal
from captionacc_flow_worker.upkeep.sweeping.requested_deletions import RequestedDeletions
from captionacc_flow_worker.upkeep.sweeping.stray_calls import (
    stop_calls_of_ended_jobs,
    stop_unwanted_local_calls,
)

# A third of a pass of the reconciler, so that the sweep does not keep the other repairs waiting.
_LIMIT_S = 40.0
_FORGOTTEN_CALLS = 50


class SweepTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds after which the sweep removes things, and between its looks at the store."""

    # From the start of a local call; its worker saves the call's id within moments.
    call_grace_s: float = 60.0
    versions: VersionAges = msgspec.field(default_factory=VersionAges)
    # Ended local calls keep their output for a day, so that people can look at it.
    calls_kept_s: float = 86400.0
    # A call of a deleted video that did not stop at once has ended by then.
    look_again_s: float = 600.0
    # A look costs hundreds of requests to the store, and objects without use harm nobody.
    period_s: float = 600.0


class Sweep:
    """Stops stray calls in every pass; looks at the object store every ``times.period_s``."""

    def __init__(self, services: Services, times: SweepTimes) -> None:
        removal = Removal(services.store)
        self._services = services
        self._times = times
        self._old_versions = OldVersions(services.database, removal, times.versions)
        self._deleted_videos = DeletedVideos(services, removal)
        self._deletions = RequestedDeletions(services, removal, look_again_s=times.look_again_s)
        self._swept_at = float("-inf")

    async def run(self, repairs: Repairs) -> None:
        """Run one pass.

        Raises:
            CaptionAccError, TimeoutError: the next pass does the rest.
        """
        async with asyncio.timeout(_LIMIT_S):
            await stop_calls_of_ended_jobs(self._services, repairs)
            await stop_unwanted_local_calls(self._services, self._times.call_grace_s, repairs)
            await self._old_versions.fail_unfinished(repairs)
            await self._deletions.remove_objects(repairs)
            await remove_expired_uploads(self._services, repairs)
            now = asyncio.get_running_loop().time()
            if now - self._swept_at < self._times.period_s:
                return
            self._swept_at = now
            if self._services.local_calls is not None:
                forgotten = await self._services.local_calls.forget_old(
                    older_than_s=self._times.calls_kept_s, limit=_FORGOTTEN_CALLS
                )
                repairs.add("calls_forgotten", forgotten)
            await self._old_versions.remove_objects(repairs)
            await self._deleted_videos.remove_objects(repairs)
