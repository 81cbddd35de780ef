"""Accepts inserted videos from the webhook, in time for its sender."""

import asyncio
from uuid import UUID

from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import VideoStatus
from captionacc_launching.uploads import first_job, refuse_upload
from captionacc_supabase.database import Database
from captionacc_supabase.rows import Job

from captionacc_webhook_gateway.admission import Ignored
from captionacc_webhook_gateway.launch import Launcher

# The sender waits 5 s and never repeats a webhook, so the gateway answers earlier: with a 503 when
# nothing was stored, and without a flow run when there is not enough time to make one.
ANSWER_WITHIN_S = 4.5
ACCEPT_WITHIN_S = 4.0
# Give up on a turn after this; later starts could not finish in time.
TURN_WITHIN_S = 2.5
# Process bursts a few at a time; running all at once would only make them compete for connections,
# with each other and with users.
AT_ONCE = 8


class WebhookIntake:
    """Stores the first jobs of inserted videos, a few at a time."""

    def __init__(self, database: Database, launcher: Launcher) -> None:
        self._database = database
        self._launcher = launcher
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def accept(self, video_id: UUID) -> Job | Ignored:
        """Store the first job of a video, and make its flow run if there is time.

        Returns:
            The job, or the reason why the webhook starts nothing. A repeated webhook returns the
            job of the earlier one.

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

    async def _in_turn(self, video_id: UUID) -> Job | Ignored:
        async with asyncio.timeout(TURN_WITHIN_S):
            await self._turns.acquire()
        try:
            return await self._store(video_id)
        finally:
            self._turns.release()

    async def _store(self, video_id: UUID) -> Job | Ignored:
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
        return await self._launcher.accept(self._launcher.order(video, tier, parameters))
