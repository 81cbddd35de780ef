"""Requests that Schemathesis makes from the OpenAPI document, valid and not, and their answers."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

HERE = Path(__file__).parent
# ``make fuzz-api`` makes thousands of requests; a small run takes half a minute.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.fixture
async def videos(gateway: Any, tenant: UUID) -> list[UUID]:
    """A video with captions, one that waits, and one that does not exist."""
    _, ready = await gateway.video(tenant)
    await gateway.ready_captions(ready, tenant)
    _, waiting = await gateway.video(tenant)
    return [ready, waiting, UUID(int=7)]


@pytest.mark.timeout(3600)
async def test_every_answer_is_as_the_document_says(
    gateway: Any, tenant: UUID, videos: list[UUID]
) -> None:
    for video_id in videos:
        await _fuzz(gateway, tenant, video_id)


async def _fuzz(gateway: Any, tenant: UUID, video_id: UUID) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        HERE / "schemathesis.toml",
        "--no-color",
        "run",
        f"{gateway.url}/schema/openapi.json",
        "--checks=all",
        f"--max-examples={EXAMPLES}",
        f"--seed={SEED}",
        "--request-timeout=10",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=HERE,
        env=os.environ
        | {
            "PYTHONPATH": str(HERE),
            "SCHEMATHESIS_HOOKS": "tokens",
            "FUZZ_JWT_SECRET": gateway.jwt_secret,
            "FUZZ_WEBHOOK_SECRET": gateway.webhook_secret,
            "FUZZ_ISSUER": gateway.issuer,
            "FUZZ_TENANT": str(tenant),
            "FUZZ_VIDEO": str(video_id),
        },
    )
    output, _ = await process.communicate()
    shown = output.decode()
    report = os.environ.get("FUZZ_REPORT")
    if report is not None:
        with Path(report).open("a", encoding="utf-8") as file:  # noqa: ASYNC230  a few KB at the end
            file.write(shown)
    assert process.returncode == 0, shown[shown.find("= FAILURES") :]
