"""Accepts inserted videos from the webhook, in time for its sender."""

import asyncio
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.limits import LimitReachedError
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import VideoStatus
from captionacc_launching.uploads import first_job, refuse_upload, wait_for_limit
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job

from captionacc_webhook_gateway.admission import Ignored
from captionacc_webhook_gateway.launch import Launcher

ANSWER_WITHIN_S = 4.5
"""The sender waits 5 s and never repeats a webhook, so the gateway answers earlier.

If there is not enough time to make a flow run, the answer has none.
"""
ACCEPT_WITHIN_S = 4.0
"""If the job is not stored by then, the answer is a 503."""
TURN_WITHIN_S = 2.5
"""A job that waits longer for its turn could not be stored in time."""
AT_ONCE = 8
"""More at once would only compete for database connections, with each other and with users."""

Outcome = Job | Ignored
"""The stored job, or the reason why the webhook starts nothing."""


class WebhookIntake:
    """Stores the first jobs of inserted videos, a few at a time."""

    def __init__(self, database: Database, launcher: Launcher) -> None:
        self._database = database
        self._launcher = launcher
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def accept(self, video_id: UUID) -> Outcome:
        """Store the first job of a video, and make its flow run if there is time.

        Returns:
            The stored job, or the reason why the webhook starts nothing. A repeated webhook
            returns the job of the first webhook.

        Raises:
            TransientError: ``database_unavailable``; nothing was stored.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(ACCEPT_WITHIN_S):
                accepted = await self._in_turn(video_id)
        except TimeoutError as error:
            raise TransientError(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The webhook was not stored in time; the reconciler will find the video.",
            ) from error
        if isinstance(accepted, Ignored):
            return accepted
        return await self._launcher.with_flow_run(
            accepted, within_s=ANSWER_WITHIN_S - (loop.time() - began)
        )

    async def _in_turn(self, video_id: UUID) -> Outcome:
        async with asyncio.timeout(TURN_WITHIN_S):
            await self._turns.acquire()
        try:
            return await self._store(video_id)
        finally:
            self._turns.release()

    async def _store(self, video_id: UUID) -> Outcome:
        earlier = None
        async with self._database.autocommit() as session:
            found = await session.videos.with_tier(video_id)
            if found is not None and found[0].status is not VideoStatus.UPLOADED:
                earlier = await session.jobs.latest(video_id, JobKind.VIDEO_INITIAL_PROCESSING)
        if found is None:
            return Ignored(reason="there is no such video")
        if earlier is not None:
            return earlier
        video, tier = found
        try:
            parameters = first_job(video)
        except PermanentError as error:
            await refuse_upload(self._database, video, error)
            return Ignored(reason=error.message)
        try:
            return await self._launcher.accept(self._launcher.order(video, tier, parameters))
        except LimitReachedError as error:
            await wait_for_limit(self._database, video, error)
            return Ignored(reason=f"the video waits. {error.message}")
