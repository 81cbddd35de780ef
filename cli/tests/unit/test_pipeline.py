"""What the command asks of the gateway for one video."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from captionacc_cli.main_job import changes
from captionacc_cli.main_job.pipeline import Order, Outcome, Pipeline
from captionacc_cli.main_job.progress import Lines
from captionacc_cli.main_job.upload import Upload
from captionacc_contracts.api import CaptionList, Launched, VideoView
from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import SuggestedTrack
from captionacc_contracts.web.waiting import WaitingReason, WaitingView
from captionacc_contracts.work.states import VideoStatus
from captionacc_contracts.work.tiers import Tier
from captionacc_stack.gateway_client import GatewayClient
from captionacc_stack.home import Home
from captionacc_stack.lifecycle.stack import Up
from captionacc_stack.state import Secrets, StackState

MakeVideo = Callable[..., VideoView]
MakeTrack = Callable[[CropRegion], SuggestedTrack]
BOTTOM = CropRegion(crop_left=0.1, crop_top=0.7, crop_right=0.9, crop_bottom=1.0)
TOP = CropRegion(crop_left=0.1, crop_top=0.0, crop_right=0.9, crop_bottom=0.2)


class Gateway(GatewayClient):
    """Shows a video whose every stage is done at once, and keeps what is approved."""

    def __init__(self, video: VideoView) -> None:
        super().__init__("http://127.0.0.1:1", "token")
        self._video = video
        self.approved: list[CropRegion] = []

    async def video(self, video: UUID) -> VideoView:
        return self._video

    async def approve_layout(
        self, video: UUID, *regions: CropRegion, force: bool = False
    ) -> Launched:
        self.approved += regions
        return Launched(job_id=UUID(int=2), flow_run_id=None, priority=1)

    async def captions(self, video: UUID) -> CaptionList:
        return CaptionList(frame_rate=10.0, frame_count=30, crop_region=BOTTOM, captions=[])

    async def subtitles(self, video: UUID, kind: str) -> str:
        return ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command did: the row that it inserted, and what it approved itself."""

    unattended: bool
    approved: list[CropRegion]
    outcome: Outcome


async def asked_for(
    video: VideoView, monkeypatch: pytest.MonkeyPatch, *crops: CropRegion, force: bool = False
) -> Asked:
    sent: list[Upload] = []

    async def send(upload: Upload, *_: Any) -> None:
        """The file itself is no part of these tests."""
        sent.append(upload)

    monkeypatch.setattr(Upload, "send", send)
    up = Up(home=Home(root=Path("none")), state=StackState(secrets=Secrets.new()), reused=True)
    order = Order(video=Path("a.mp4"), crops=crops, language=None, tier=Tier.FREE, force=force)
    async with Gateway(video) as gateway:
        pipeline = Pipeline(up=up, client=gateway, tenant=UUID(int=3), reporter=Lines())
        outcome = await pipeline.run(order)
        [upload] = sent
        return Asked(unattended=upload.unattended, approved=gateway.approved, outcome=outcome)


async def test_the_services_approve_the_suggested_tracks(
    video: MakeVideo, suggested: MakeTrack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await asked_for(video(suggested_tracks=[suggested(BOTTOM)]), monkeypatch)
    assert (asked.unattended, asked.approved) == (True, [])


async def test_a_command_that_computes_anew_approves_all_suggested_tracks(
    video: MakeVideo, suggested: MakeTrack, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = video(suggested_tracks=[suggested(BOTTOM), suggested(TOP)])
    asked = await asked_for(both, monkeypatch, force=True)
    assert (asked.unattended, asked.approved) == (False, [BOTTOM, TOP])


async def test_the_regions_of_a_person_replace_the_suggested_ones(
    video: MakeVideo, suggested: MakeTrack, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = video(suggested_tracks=[suggested(BOTTOM)])
    asked = await asked_for(found, monkeypatch, TOP, BOTTOM)
    assert (asked.unattended, asked.approved) == (False, [TOP, BOTTOM])


async def test_a_gateway_that_suggests_one_region_is_understood(
    video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await asked_for(video(), monkeypatch, force=True)).approved == [BOTTOM]


class WaitingGateway(Gateway):
    """Shows one state of the video first, and another one from then on."""

    def __init__(self, first: VideoView, later: VideoView) -> None:
        super().__init__(later)
        self._first: VideoView | None = first

    async def video(self, video: UUID) -> VideoView:
        shown, self._first = self._first or self._video, None
        return shown

    @contextlib.asynccontextmanager
    async def events(self) -> AsyncIterator[Any]:
        async def none() -> AsyncIterator[Any]:
            await asyncio.Event().wait()
            yield

        yield none()


async def test_a_person_sees_what_the_video_waits_for(
    video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    async def send(*_: Any) -> None:
        """The file itself is no part of these tests."""

    class Noting(Lines):
        def update(self, detail: str, done: int, total: int) -> None:
            shown.append(detail)

    monkeypatch.setattr(Upload, "send", send)
    monkeypatch.setattr(changes, "_LONGEST_WAIT_S", 0.01)
    up = Up(home=Home(root=Path("none")), state=StackState(secrets=Secrets.new()), reused=True)
    order = Order(video=Path("a.mp4"), crops=(), language=None, tier=Tier.FREE)
    message = "The tenant has used its dollars of the month."
    waiting = WaitingView(reason=WaitingReason.LIMIT, message=message)
    at_first = video(status=VideoStatus.UPLOADED, caption_status=None, waiting=waiting)
    async with WaitingGateway(at_first, video()) as gateway:
        await Pipeline(up=up, client=gateway, tenant=UUID(int=3), reporter=Noting()).run(order)
    assert shown == [message]


async def test_without_a_place_nothing_is_approved(
    video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await asked_for(video(suggested_crop_region=None), monkeypatch, force=True)
    assert asked.approved == []
    assert asked.outcome.captions is None
