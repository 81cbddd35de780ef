"""Takes videos through all stages as the web app does, and repeats requests during faults."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from captionacc_contracts.errors import TransientError
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import (
    ENDED_JOB_STATES,
    CaptionStatus,
    JobState,
    VideoStatus,
)
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.tokens import mint
from captionacc_supabase.rows import Job, NewVideo, Video
from captionacc_supabase.session import Session

from captionacc_testkit.chaos.call import BAD
from captionacc_testkit.chaos.plan import LONGEST_JUMP_S, Plan, PlannedVideo
from captionacc_testkit.chaos.stack import ChaosStack

T = TypeVar("T")

POLL_S = 0.3
AWAY = (TransientError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
CONFLICT = 409
# A stage that failed transiently is retried. The limit exceeds what the faults of one plan cause.
RETRIES = 6
# A gateway whose clock is slow correctly refuses a token that was issued in its future.
TOKEN_AGE = timedelta(seconds=2 * LONGEST_JUMP_S)
GONE_AWAY = frozenset({502, 503, 504})


class Lives:
    """The lives of all videos of a plan; ``stages`` is the present stage of each.

    ``retried`` counts the failed stages that were retried.
    """

    def __init__(self, stack: ChaosStack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        self._random = random.Random(plan.seed)
        self.stages: dict[UUID, str] = {}
        self.retried = 0

    async def live(self) -> None:
        """Return when every video has ended all its stages."""
        await self._in_database(self._name_tenants)
        async with asyncio.TaskGroup() as group:
            for video in self._plan.videos:
                group.create_task(self._one(video))

    async def _name_tenants(self, session: Session) -> None:
        for video in self._plan.videos:
            await session.tenants.upsert(video.tenant_id, "a tenant", video.tier)

    async def _one(self, planned: PlannedVideo) -> None:
        token = mint(
            tenant=planned.tenant_id,
            secret=self._stack.secrets.jwt_secret,
            now=datetime.now(UTC) - TOKEN_AGE,
        )
        async with GatewayClient(self._stack.gateway_url, token) as client:
            living = asyncio.create_task(self._stages(planned, client))
            if planned.cancelled_after_s is not None:
                await asyncio.sleep(planned.inserted_at_s + planned.cancelled_after_s)
                await self._ask(planned, "cancelling", lambda: client.cancel(planned.id))
            await living

    async def _stages(self, planned: PlannedVideo, client: GatewayClient) -> None:
        self.stages[planned.id] = "waiting to be inserted"
        await asyncio.sleep(planned.inserted_at_s)
        await self._insert(planned)
        self.stages[planned.id] = "inserted"
        if not await self._ends_well(planned, client, "processing", _processed, _failed):
            return
        if not planned.is_unattended:
            await self._approve(planned, client, 0.7)
            if planned.approves_twice:
                await asyncio.sleep(self._random.uniform(0, 1))
                await self._approve(planned, client, 0.6)
        self.stages[planned.id] = "approved"
        if not await self._ends_well(planned, client, "captions", _captions_ended, _uncaptioned):
            return
        if not planned.is_unattended:
            await self._ask(planned, "asking for texts", lambda: client.request_ocr(planned.id))
        self.stages[planned.id] = "texts asked for"
        if await self._ends_well(planned, client, "texts", _all_ended, _unread):
            self.stages[planned.id] = "done"

    async def _ends_well(
        self,
        planned: PlannedVideo,
        client: GatewayClient,
        stage: str,
        ended: Callable[[Video, list[Job]], bool],
        failed: Callable[[Video, list[Job]], bool],
    ) -> bool:
        """Whether the stage succeeded, possibly after retries; a ``bad`` video gets one retry."""
        for again in range(RETRIES + 1):
            video, jobs = await self._until(planned, ended)
            if not failed(video, jobs):
                return True
            self.stages[planned.id] = f"{stage} ended in error, retried {again} times"
            if again == (1 if planned.language == BAD else RETRIES):
                return False
            self.retried += 1
            await self._ask(planned, "retrying", lambda: client.retry(planned.id))
        return False

    async def _approve(self, planned: PlannedVideo, client: GatewayClient, top: float) -> None:
        regions = [CropRegion(crop_left=0.1, crop_top=top, crop_right=0.9, crop_bottom=0.95)]
        if planned.has_two_tracks:
            regions.append(
                CropRegion(crop_left=0.1, crop_top=0.05, crop_right=0.9, crop_bottom=0.2)
            )
        await self._ask(planned, "approving", lambda: client.approve_layout(planned.id, *regions))

    async def _insert(self, planned: PlannedVideo) -> None:
        async def insert(session: Session) -> None:
            # A commit may have succeeded although its connection was cut.
            if await session.videos.get(planned.id) is None:
                await session.videos.insert(
                    NewVideo(
                        id=planned.id,
                        tenant_id=planned.tenant_id,
                        display_name="clip",
                        language=planned.language,
                        unattended=planned.is_unattended,
                    )
                )

        await self._in_database(insert)

    async def _until(
        self, planned: PlannedVideo, ended: Callable[[Video, list[Job]], bool]
    ) -> tuple[Video, list[Job]]:
        async def look(session: Session) -> tuple[Video | None, list[Job]]:
            return (
                await session.videos.get(planned.id),
                await session.jobs.for_video(planned.id),
            )

        while True:
            video, jobs = await self._in_database(look)
            assert video is not None
            if ended(video, jobs):
                return video, jobs
            await asyncio.sleep(POLL_S)

    async def _in_database(self, act: Callable[[Session], Awaitable[T]]) -> T:
        while True:
            try:
                async with self._stack.database.transaction() as session:
                    return await act(session)
            except AWAY:
                await asyncio.sleep(POLL_S)

    async def _ask(
        self, planned: PlannedVideo, what: str, act: Callable[[], Awaitable[Any]]
    ) -> None:
        """Repeat the request until it is answered. A conflict means that it was done before."""
        while True:
            try:
                await act()
            except GatewayRefusalError as refusal:
                if refusal.status == CONFLICT or (what == "cancelling" and refusal.status == 404):
                    return
                if refusal.status not in GONE_AWAY:
                    raise
                self.stages[planned.id] = f"{what}: {refusal}"
                await asyncio.sleep(POLL_S)
            else:
                return


def _processed(video: Video, _jobs: list[Job]) -> bool:
    return video.status in (VideoStatus.ACTIVE, VideoStatus.ERROR)


def _failed(video: Video, _jobs: list[Job]) -> bool:
    return video.status is VideoStatus.ERROR


def _captions_ended(video: Video, jobs: list[Job]) -> bool:
    crops = [job for job in jobs if job.kind is JobKind.CROP_AND_INFER]
    return all(job.state in ENDED_JOB_STATES for job in crops) and video.caption_status in (
        None,
        CaptionStatus.READY,
        CaptionStatus.ERROR,
    )


def _uncaptioned(video: Video, _jobs: list[Job]) -> bool:
    return video.caption_status is CaptionStatus.ERROR


def _all_ended(_video: Video, jobs: list[Job]) -> bool:
    return all(job.state in ENDED_JOB_STATES for job in jobs)


def _unread(_video: Video, jobs: list[Job]) -> bool:
    texts = [job for job in jobs if job.kind is JobKind.CAPTIONS_OCR]
    return bool(texts) and texts[-1].state is JobState.ERROR
