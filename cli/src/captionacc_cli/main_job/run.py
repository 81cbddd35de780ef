"""One video in, its captions and a report out."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_exports.writers.captions_json import CaptionsFile
from captionacc_observability import settings
from captionacc_stack import state, tokens
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.lifecycle.peak_memory import peak_memory
from captionacc_stack.lifecycle.stack import Up
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings

from captionacc_cli.main_job import stages
from captionacc_cli.main_job.opening import facts_of
from captionacc_cli.main_job.pipeline import Order, Outcome, Pipeline
from captionacc_cli.main_job.progress import Reporter
from captionacc_cli.report.media import gather
from captionacc_cli.report.media_views import Media
from captionacc_cli.report.page import page
from captionacc_cli.results.captions import captions_file
from captionacc_cli.results.files import pretty, write_files
from captionacc_cli.results.folders import ResultFolder
from captionacc_cli.results.summary import forecast_line
from captionacc_cli.results.timings import timings


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a run wrote."""

    captions: CaptionsFile
    directory: Path
    report: Path
    seconds_in_all: float


async def run(
    up: Up, order: Order, *, folder: ResultFolder, start_s: float, reporter: Reporter
) -> Finished:
    """Take the video of ``order`` through the stack and write the results into ``folder``.

    Args:
        up: the running stack.
        order: what a person asked for.
        folder: where the results go.
        start_s: how long this video waited for the start of the stack.
        reporter: shows the stages.

    Raises:
        CaptionAccError: the video ended in error.
        GatewayRefusalError: the gateway refused a request.
        StackError: a service of the stack ended.
        OSError: the results could not be written.
    """
    began = time.monotonic() - start_s
    token = tokens.mint(
        tenant=state.TENANT, secret=up.state.secrets.jwt_secret, now=datetime.now(UTC)
    )
    async with GatewayClient(up.state.addresses["gateway"], token) as client:
        await _say_forecast(client, order, reporter)
        pipeline = Pipeline(up=up, client=client, tenant=state.TENANT, reporter=reporter)
        try:
            outcome = await pipeline.run(order)
        except asyncio.CancelledError:
            await _give_up(client, pipeline)
            raise
    results = _Results(up=up, order=order, outcome=outcome, start_s=start_s, began=began)
    directory = await results.write_captions(folder)
    reporter.line(f"The captions are written to {directory}")
    reporter.begin(stages.WRITE)
    try:
        finished = await results.write_report(directory, reporter)
    except asyncio.CancelledError:
        reporter.line("The report was not written; the captions are complete.")
        raise
    reporter.end(results.write_s)
    return finished


async def _say_forecast(client: GatewayClient, order: Order, reporter: Reporter) -> None:
    """Say what the video is expected to take. The work starts even if nothing can be said."""
    with contextlib.suppress(GatewayRefusalError, CaptionAccError, OSError):
        facts = await facts_of(order.video, order.language)
        reporter.line(forecast_line(await client.forecast(facts)))


async def _give_up(client: GatewayClient, pipeline: Pipeline) -> None:
    """Cancel the video, so that the next start of the stack does not continue its work."""
    with contextlib.suppress(GatewayRefusalError, TimeoutError, asyncio.CancelledError):
        # Short, because a person waits for this after Ctrl-C.
        async with asyncio.timeout(3):
            await client.cancel(pipeline.video_id)


@dataclass(kw_only=True)
class _Results:
    """Everything that the result files are made of. ``write_s`` is how long the report took."""

    up: Up
    order: Order
    outcome: Outcome
    start_s: float
    began: float
    write_s: float = 0.0

    def __post_init__(self) -> None:
        engine = OcrEngineName(self.up.state.environment["OCR_ENGINE"])
        self.captions = captions_file(self.outcome.video, self.outcome.captions, engine)

    async def write_captions(self, folder: ResultFolder) -> Path:
        """Write what people came for, before the report, which takes longer."""
        contents = {
            "captions.srt": self.outcome.srt,
            "captions.vtt": self.outcome.vtt,
            "captions.json": pretty(self.captions),
        }
        return await asyncio.to_thread(write_files, folder, contents)

    async def write_report(self, directory: Path, reporter: Reporter) -> Finished:
        began = time.monotonic()
        video, outcome = self.outcome.video, self.outcome
        media = await self._media(directory, reporter)
        self.write_s = time.monotonic() - began
        seconds = {stages.START: self.start_s} if self.start_s else {}
        measured = timings(
            video,
            seconds=seconds | outcome.seconds | {stages.WRITE: self.write_s},
            seconds_in_all=time.monotonic() - self.began,
            start_seconds=self.up.seconds,
            service_memory_mib=peak_memory(self.up),
        )
        report = page(
            title=self.order.title,
            captions=self.captions,
            timings=measured,
            subtitles={"captions.srt": outcome.srt, "captions.vtt": outcome.vtt},
            media=media,
        )
        contents = {"timings.json": pretty(measured), "report.html": report}
        await asyncio.to_thread(write_files, ResultFolder(path=directory), contents)
        return Finished(
            captions=self.captions,
            directory=directory,
            report=directory / "report.html",
            seconds_in_all=measured.seconds_in_all,
        )

    async def _media(self, directory: Path, reporter: Reporter) -> Media:
        video = self.outcome.video
        environment = self.up.state.environment
        async with open_store(settings.load(StoreSettings, environment)) as store:
            return await gather(
                video=self.order.video,
                directory=directory,
                store=store,
                tenant=state.TENANT,
                video_id=video.id,
                version=video.cropped_frames_version,
                full_frame_count=video.full_frame_count or 0,
                captions=self.captions.captions,
                start_s=self.captions.start_seconds,
                progress=lambda done, total: reporter.update("pictures of captions", done, total),
            )
