"""Puts a video through a deployment as a web app would, and prints the captions.

Run from the root of the checkout: ``.venv/bin/python -m infra.docker.try_video VIDEO``; with
``--token`` instead of a video, it prints a user token. It speaks to the compose stack unless
``GATEWAY_URL`` and ``ACCESS_TOKEN``, the token of a user who signed in, say otherwise.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
from captionacc_cli.main_job.pipeline import ended, extracted, inferred, suggested
from captionacc_contracts.api import VideoView
from captionacc_contracts.errors import CaptionAccError, ErrorCode, TransientError
from captionacc_contracts.web.uploads import NewUpload, PartAddress
from captionacc_observability.settings import load_or_exit
from captionacc_stack.gateway_client import GatewayClient, GatewayRefusalError
from captionacc_stack.state import TENANT
from captionacc_stack.tokens import mint

# Set by hand: enough for an hour of video on a slow machine.
STAGE_LIMIT_S = 3600.0
POLL_S = 1.0
# A part has some MB, and home connections upload slowly.
PART_LIMIT_S = 600.0


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Where the gateway is, and a user's token; without one, a token for the compose stack."""

    gateway_url: str = "http://127.0.0.1:28000"
    supabase_jwt_secret: str = "local-only-jwt-secret-of-32-bytes-or-more"  # noqa: S105  no secret
    access_token: str | None = None

    def token(self) -> str:
        """The token to send. One for the compose stack is valid for twelve hours."""
        return self.access_token or mint(
            tenant=TENANT, secret=self.supabase_jwt_secret, now=datetime.now(UTC)
        )


async def captions_of(path: Path, client: GatewayClient, say: Callable[[str], None]) -> str:
    """Upload the video, approve the suggested tracks, and return the captions as SubRip.

    Raises:
        CaptionAccError: a stage failed.
        TimeoutError: a stage took longer than ``STAGE_LIMIT_S``.
        GatewayRefusalError: the gateway refused a request.
    """
    video = await _upload(path, client, say)
    regions = suggested(await _until(client, video, extracted))
    say(f"layout: {len(regions)} tracks with text")
    if not regions:
        return ""
    await client.approve_layout(video, *regions)
    await _until(client, video, inferred)
    say("captions: found; now reading their texts")
    launched = await client.request_ocr(video)
    await _until(client, video, ended(launched.job_id))
    return await client.subtitles(video, "srt")


async def _upload(path: Path, client: GatewayClient, say: Callable[[str], None]) -> UUID:
    size = (await asyncio.to_thread(path.stat)).st_size
    upload = await client.begin_upload(NewUpload(display_name=path.name, size_bytes=size))
    async with httpx.AsyncClient(timeout=PART_LIMIT_S, trust_env=False) as store:
        while upload.next_parts:
            for part in upload.next_parts:
                await _send(path, part, store)
            upload = await client.upload(upload.id)
            say(f"upload: {upload.sent_bytes} of {size} bytes")
    return (await client.complete_upload(upload.id)).id


async def _send(path: Path, part: PartAddress, store: httpx.AsyncClient) -> None:
    data = await asyncio.to_thread(_read, path, part.offset, part.size_bytes)
    answer = await store.put(part.url, content=data)
    if answer.is_error:
        raise TransientError(
            ErrorCode.STORE_UNAVAILABLE,
            f"The object store answered {answer.status_code} to part {part.number}.",
        )


def _read(path: Path, offset: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(count)


async def _until(
    client: GatewayClient, video: UUID, done: Callable[[VideoView], bool]
) -> VideoView:
    deadline = time.monotonic() + STAGE_LIMIT_S
    while time.monotonic() < deadline:
        view = await client.video(video)
        if done(view):
            return view
        await asyncio.sleep(POLL_S)
    message = f"The video was not ready after {STAGE_LIMIT_S:g} s; look at the worker's log."
    raise TimeoutError(message)


async def _run(path: Path, deployment: Deployment) -> str:
    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    async with GatewayClient(deployment.gateway_url, deployment.token()) as client:
        return await captions_of(path, client, say)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="try_video", description="Put a video through a deployment and print its captions."
    )
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("video", nargs="?", type=Path, help="a video file")
    wanted.add_argument("--token", action="store_true", help="print a user token instead")
    given = parser.parse_args()
    deployment = load_or_exit(Deployment)
    if given.token:
        sys.stdout.write(f"{deployment.token()}\n")
        return
    try:
        captions = asyncio.run(_run(given.video, deployment))
    except CaptionAccError as error:
        sys.exit(f"try_video: {error.message}")
    except (GatewayRefusalError, OSError) as error:
        sys.exit(f"try_video: {error}")
    sys.stdout.write(captions or "The video shows no captions.\n")


if __name__ == "__main__":
    main()
