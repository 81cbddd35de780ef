"""``captionacc run``: a video in, its captions and a report out."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from captionacc_observability import settings
from captionacc_stack import state, tokens
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import locks, stack
from captionacc_stack.lifecycle.peak_memory import peak_memory
from captionacc_stack.lifecycle.stack import Up
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

from captionacc_cli.main_job import stages
from captionacc_cli.main_job.pipeline import Order, Outcome, Pipeline
from captionacc_cli.main_job.progress import Reporter
from captionacc_cli.report.media import gather
from captionacc_cli.report.page import Media, page
from captionacc_cli.results.captions import CaptionsFile, captions_file
from captionacc_cli.results.files import pretty, write_files
from captionacc_cli.results.timings import timings


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a run wrote; ``addresses`` are those of the stack when it stays up, else empty."""

    captions: CaptionsFile
    directory: Path
    report: Path
    seconds_in_all: float
    addresses: dict[str, str]


async def run(
    home: Home,
    order: Order,
    *,
    out: Path,
    keep: bool,
    reporter: Reporter,
    given: Awaitable[None] | None = None,
) -> Finished:
    """Take the video of ``order`` through the stack at ``home`` and write the results into ``out``.

    The stack starts unless it runs. It stops at the end, unless a person keeps it up or another run
    uses it. ``given`` ends when the video exists; None means that it exists already.

    Raises:
        CaptionAccError: the video ended in error.
        GatewayRefusalError: the gateway refused a request.
        StackError: the stack did not start, or one of its services ended.
    """
    began = time.monotonic()
    async with _running_stack(home, keep=keep, reporter=reporter) as up:
        start_s = time.monotonic() - began
        token = tokens.mint(
            tenant=state.TENANT, secret=up.state.secrets.jwt_secret, now=datetime.now(UTC)
        )
        async with GatewayClient(up.state.addresses["gateway"], token) as client:
            pipeline = Pipeline(up=up, client=client, tenant=state.TENANT, reporter=reporter)
            try:
                if given is not None:
                    await given
                outcome = await pipeline.run(order)
            except asyncio.CancelledError:
                await _give_up(client, pipeline)
                raise
        report = _Report(up=up, order=order, outcome=outcome, start_s=start_s, began=began)
        reporter.begin(stages.WRITE)
        finished = await report.write(out, keep=keep)
        reporter.end(report.write_s)
        return finished


@contextlib.asynccontextmanager
async def _running_stack(home: Home, *, keep: bool, reporter: Reporter) -> AsyncIterator[Up]:
    """The stack, which runs during the block, and after it when ``keep`` is set.

    An interrupted run does not keep the stack.
    """
    home.prepare()
    async with locks.shared(home.users_lock) as users:
        began = time.monotonic()
        reporter.begin(stages.START)
        up = await stack.ensure_up(
            home, say=lambda service: reporter.update(f"{service} is up", 0, 0)
        )
        interrupted = False
        try:
            reporter.end(time.monotonic() - began)
            yield up
        except asyncio.CancelledError:
            interrupted = True
            raise
        finally:
            if keep and not interrupted:
                await stack.keep(home)
            # A command that keeps the stack holds the lock while it does so. Ask for the lock
            # first, then read whether the stack is kept.
            if users.sole_holder() and not state.load(home.state_file).kept:
                await stack.stop(home)


async def _give_up(client: GatewayClient, pipeline: Pipeline) -> None:
    """Cancel the video, so that the next start of the stack does not continue its work."""
    with contextlib.suppress(GatewayRefusalError, TimeoutError, asyncio.CancelledError):
        # Short, because a person waits for this after Ctrl-C.
        async with asyncio.timeout(3):
            await client.cancel(pipeline.video_id)


@dataclass(kw_only=True)
class _Report:
    """Everything that the result files are made of. ``write_s`` is how long the pictures took."""

    up: Up
    order: Order
    outcome: Outcome
    start_s: float
    began: float
    write_s: float = 0.0

    async def write(self, out: Path, *, keep: bool) -> Finished:
        began = time.monotonic()
        video, outcome = self.outcome.video, self.outcome
        captions = captions_file(outcome.captions, video.frame_count or 0)
        media = await self._media(captions)
        self.write_s = time.monotonic() - began
        measured = timings(
            video,
            seconds={stages.START: self.start_s, **outcome.seconds, stages.WRITE: self.write_s},
            seconds_in_all=time.monotonic() - self.began,
            start_seconds=self.up.seconds,
            service_memory_mib=peak_memory(self.up),
        )
        report = out / "report.html"
        contents = {
            "captions.srt": outcome.srt,
            "captions.vtt": outcome.vtt,
            "captions.json": pretty(captions),
            "timings.json": pretty(measured),
            report.name: page(
                title=self.order.title,
                captions=captions,
                timings=measured,
                vtt=outcome.vtt,
                media=media,
            ),
        }
        await asyncio.to_thread(write_files, out, contents)
        return Finished(
            captions=captions,
            directory=out,
            report=report,
            seconds_in_all=measured.seconds_in_all,
            addresses=dict(self.up.state.addresses) if keep else {},
        )

    async def _media(self, captions: CaptionsFile) -> Media:
        video = self.outcome.video
        environment = self.up.state.environment
        async with open_store(settings.load(StoreSettings, environment)) as store:
            return await gather(
                video=self.order.video,
                store=store,
                tenant=state.TENANT,
                video_id=video.id,
                version=video.cropped_frames_version,
                full_frame_count=video.full_frame_count or 0,
                captions=captions.captions,
            )
