"""``captionacc run``: a video in, its captions and a report out."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from captionacc_observability import settings
from captionacc_stack import state, tokens
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import locks, stack
from captionacc_stack.lifecycle import peak_memory as watching
from captionacc_stack.lifecycle.stack import Up
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore

from captionacc_cli.pipeline import Outcome, Pipeline, Wish
from captionacc_cli.progress import Reporter
from captionacc_cli.report.media import gather
from captionacc_cli.report.page import page
from captionacc_cli.results import CaptionsFile, Timings, captions_file, timings

START = "Starting the stack"
WRITE = "Writing the report"
_CANCEL_LIMIT_S = 3.0


@dataclass(frozen=True, kw_only=True)
class Finished:
    """Paths of what was written, and the addresses of the stack when it was kept."""

    captions: CaptionsFile
    directory: Path
    report: Path
    seconds_in_all: float
    addresses: dict[str, str]


async def run(
    home: Home,
    wish: Wish,
    *,
    out: Path,
    keep: bool,
    reporter: Reporter,
    given: Awaitable[None] | None = None,
) -> Finished:
    """Take ``wish`` through a stack at ``home`` and write the results into ``out``.

    The stack is started unless it runs, and stopped at the end unless somebody keeps it or another
    run works with it. ``given`` ends when the video of ``wish`` is there, if it is being made.

    Raises:
        CaptionAccError: the video ended in error.
        GatewayRefusalError: the gateway refused a request.
        StackError: the stack did not start, or a service of it died.
    """
    began = time.monotonic()
    async with _standing(home, keep=keep, reporter=reporter) as up:
        start_s = time.monotonic() - began
        token = tokens.mint(
            tenant=state.TENANT, secret=up.state.secrets.jwt_secret, now=datetime.now(UTC)
        )
        async with GatewayClient(up.state.addresses["gateway"], token) as client:
            pipeline = Pipeline(up=up, client=client, tenant=state.TENANT, reporter=reporter)
            try:
                if given is not None:
                    await given
                outcome = await pipeline.run(wish)
            except asyncio.CancelledError:
                await _give_up(client, pipeline)
                raise
        seconds = {START: start_s} | outcome.seconds
        return await _write(
            up, wish, outcome, out=out, seconds=seconds, began=began, keep=keep, reporter=reporter
        )


@contextlib.asynccontextmanager
async def _standing(home: Home, *, keep: bool, reporter: Reporter) -> AsyncIterator[Up]:
    """The stack, up for as long as the block runs, and on when it is kept and not interrupted."""
    home.prepare()
    async with locks.shared(home.users_lock) as users:
        began = time.monotonic()
        reporter.begin(START)
        up = await stack.ensure_up(
            home, say=lambda service: reporter.update(f"{service} serves", 0, 0)
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
            # Who keeps the stack holds the lock meanwhile, so it is asked for first.
            if users.sole_holder() and not state.load(home.state_file).kept:
                await stack.stop(home)


async def _give_up(client: GatewayClient, pipeline: Pipeline) -> None:
    """Do not leave work behind that the next start of the stack would take up again."""
    with contextlib.suppress(GatewayRefusalError, TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(_CANCEL_LIMIT_S):
            await client.cancel(pipeline.video_id)


async def _write(
    up: Up,
    wish: Wish,
    outcome: Outcome,
    *,
    out: Path,
    seconds: dict[str, float],
    began: float,
    keep: bool,
    reporter: Reporter,
) -> Finished:
    reporter.begin(WRITE)
    write_began = time.monotonic()
    video = outcome.video
    captions = captions_file(outcome.captions, video.frame_count or 0)
    async with ObjectStore.open(settings.load(StoreSettings, up.state.environment)) as store:
        media = await gather(
            video=wish.video,
            store=store,
            tenant=state.TENANT,
            video_id=video.id,
            version=video.cropped_frames_version,
            full_frame_count=video.full_frame_count or 0,
            captions=captions.captions,
        )
    seconds[WRITE] = time.monotonic() - write_began
    measured: Timings = timings(
        video,
        seconds=seconds,
        seconds_in_all=time.monotonic() - began,
        start_seconds=up.seconds,
        service_memory_mib=watching.peak_memory(up),
    )
    html = page(title=wish.title, captions=captions, timings=measured, vtt=outcome.vtt, media=media)
    report = out / "report.html"
    await asyncio.to_thread(
        _write_files,
        out,
        {
            "captions.srt": outcome.srt,
            "captions.vtt": outcome.vtt,
            "captions.json": _pretty(captions),
            "timings.json": _pretty(measured),
            report.name: html,
        },
    )
    reporter.end(seconds[WRITE])
    return Finished(
        captions=captions,
        directory=out,
        report=report,
        seconds_in_all=measured.seconds_in_all,
        addresses=dict(up.state.addresses) if keep else {},
    )


def _write_files(out: Path, contents: Mapping[str, str]) -> None:
    """All or, when the disk is full, none of them half: each file is moved into place whole."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        partial = out / f".{name}.partial"
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(out / name)
        finally:
            partial.unlink(missing_ok=True)


def _pretty(value: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
