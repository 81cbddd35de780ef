"""Take one video through the running stack as the web app does, and watch every stage."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from captionacc_contracts.api import CaptionList, JobView, VideoView
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    ErrorReport,
    PermanentError,
)
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.jobs import JobKind
from captionacc_contracts.work.states import (
    ENDED_JOB_STATES,
    CaptionState,
    CaptionStatus,
    JobState,
    VideoStatus,
)
from captionacc_contracts.work.tiers import Tier
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.lifecycle.stack import StackError, Up, dead_service

from captionacc_cli.main_job import stages
from captionacc_cli.main_job.changes import VideoChanges
from captionacc_cli.main_job.progress import Reporter
from captionacc_cli.main_job.upload import Upload

# Set by hand: a gateway that restarts is back within these failures at this interval.
_AGAIN_AFTER_S = 0.4
_MOST_FAILURES = 20

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person asked for.

    ``crops`` has one crop region per track; when it is empty, all suggested tracks are approved.
    ``force`` computes every stage anew even if a stored result exists for the same input.
    """

    video: Path
    crops: Sequence[CropRegion]
    language: str | None
    tier: Tier
    force: bool = False

    @property
    def unattended(self) -> bool:
        """Whether each step starts by itself: the suggested tracks are approved."""
        return not self.crops and not self.force

    @property
    def title(self) -> str:
        """The file's name, with a question mark for each byte that is not UTF-8."""
        return self.video.name.encode(errors="replace").decode()


@dataclass(kw_only=True)
class Outcome:
    """``captions`` is None when the video shows none. ``seconds`` is the wall time per stage."""

    video: VideoView
    captions: CaptionList | None
    srt: str = ""
    vtt: str = "WEBVTT\n\n"
    seconds: dict[str, float] = field(default_factory=dict)


class Pipeline:
    """Takes one video through the stack."""

    def __init__(self, *, up: Up, client: GatewayClient, tenant: UUID, reporter: Reporter) -> None:
        self._up = up
        self._client = client
        self._tenant = TenantId(tenant)
        self._reporter = reporter
        self._seconds: dict[str, float] = {}
        self.video_id = VideoId(uuid4())
        self._changes = VideoChanges(client, self.video_id)

    async def run(self, order: Order) -> Outcome:
        """Upload the video and wait for each stage.

        Raises:
            CaptionAccError: the video ended in error.
            GatewayRefusalError: the gateway refused a request.
            StackError: a service of the stack ended.
        """
        async with self._changes.followed():
            return await self._run(order)

    async def _run(self, order: Order) -> Outcome:
        upload = Upload(
            video=order.video,
            title=order.title,
            tenant=self._tenant,
            video_id=self.video_id,
            language=order.language,
            tier=order.tier,
            unattended=order.unattended,
        )
        environment = self._up.state.environment
        await self._stage(stages.UPLOAD, upload.send(environment, self._reporter))
        video = await self._stage(stages.EXTRACT, self._until(extracted))
        regions = order.crops or suggested(video)
        if not regions:
            return Outcome(video=video, captions=None, seconds=self._seconds)
        if not order.unattended:
            await self._client.approve_layout(self.video_id, *regions, force=order.force)
        video = await self._stage(stages.INFER, self._until(inferred))
        reading = await self._reading(video, order)
        if reading is not None:
            await self._stage(stages.READ, self._until(ended(reading)))
        return Outcome(
            video=await self._client.video(self.video_id),
            captions=await self._client.captions(self.video_id),
            srt=await self._client.subtitles(self.video_id, "srt"),
            vtt=await self._client.subtitles(self.video_id, "vtt"),
            seconds=self._seconds,
        )

    async def _reading(self, video: VideoView, order: Order) -> UUID | None:
        """The job that reads the captions; None when there are none."""
        if order.unattended:
            readings = [job.id for job in video.jobs if job.kind is JobKind.CAPTIONS_OCR]
            return readings[-1] if readings else None
        captions = await self._client.captions(self.video_id)
        if all(caption.state == CaptionState.GAP for caption in captions.captions):
            return None
        return (await self._client.request_ocr(self.video_id, force=order.force)).job_id

    async def _stage(self, name: str, work: Awaitable[T]) -> T:
        self._reporter.begin(name)
        began = time.monotonic()
        done = await work
        self._seconds[name] = time.monotonic() - began
        self._reporter.end(self._seconds[name])
        return done

    async def _until(self, done: Callable[[VideoView], bool]) -> VideoView:
        failures = 0
        while True:
            try:
                video = await self._client.video(self.video_id)
                failures = 0
            except GatewayRefusalError as refusal:
                # 503 means that a server behind the gateway is away; the work continues.
                failures += 1
                if refusal.status != HTTPStatus.SERVICE_UNAVAILABLE or failures > _MOST_FAILURES:
                    raise
                await asyncio.sleep(_AGAIN_AFTER_S)
                continue
            if done(video):
                return video
            if video.progress:
                self._reporter.update(
                    str(video.progress["stage"]).replace("_", " "),
                    int(video.progress["done"]),
                    int(video.progress["total"]),
                )
            elif video.waiting is not None:
                # For example that a limit is reached: the work goes on when there is room.
                self._reporter.update(video.waiting.message, 0, 0)
            dead = dead_service(self._up)
            if dead is not None:
                raise StackError.of_dead(self._up.home, dead)
            await self._changes.wait()


def suggested(video: VideoView) -> list[CropRegion]:
    """The regions of the suggested tracks."""
    if video.suggested_tracks:
        return [track.crop_region for track in video.suggested_tracks]
    return [] if video.suggested_crop_region is None else [video.suggested_crop_region]


def extracted(video: VideoView) -> bool:
    """Whether the video was looked at; raises the video's error."""
    if video.status == VideoStatus.ERROR:
        raise _failure(video.error)
    return video.status == VideoStatus.ACTIVE


def inferred(video: VideoView) -> bool:
    """Whether the captions were found; raises the error of the work."""
    if video.caption_status == CaptionStatus.ERROR:
        raise _failure(video.error or _job_error(video.jobs))
    return video.caption_status == CaptionStatus.READY


def ended(job: UUID) -> Callable[[VideoView], bool]:
    """A condition: the job ended well. It raises the job's error."""

    def has_ended(video: VideoView) -> bool:
        view = next((view for view in video.jobs if view.id == job), None)
        if view is None or view.state not in ENDED_JOB_STATES:
            return False
        if view.state != JobState.DONE:
            raise _failure(view.error)
        return True

    return has_ended


def _job_error(jobs: list[JobView]) -> ErrorReport | None:
    return next((job.error for job in jobs if job.error is not None), None)


def _failure(report: ErrorReport | None) -> CaptionAccError:
    if report is None:
        return PermanentError(ErrorCode.CANCELLED, "Another user cancelled this video.")
    return PermanentError(report.code, report.message)
