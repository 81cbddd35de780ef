"""Requests that Schemathesis makes from the OpenAPI document, valid and not, and their answers."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

HERE = Path(__file__).parent
# ``make fuzz-api`` sets these. A run without them makes few requests.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "2")
PHASES = os.environ.get("FUZZ_PHASES", "fuzzing")
SEED = os.environ.get("FUZZ_SEED", "1")
REPORT = os.environ.get("FUZZ_REPORT")


@pytest.fixture
async def video_id(storing_gateway: Any, tenant: UUID, request: pytest.FixtureRequest) -> UUID:
    """A video with captions, one that waits, or none."""
    if request.param == "no video":
        return UUID(int=7)
    _, video_id = await storing_gateway.video(tenant)
    if request.param == "video with captions":
        await storing_gateway.ready_captions(video_id, tenant)
    return UUID(str(video_id))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "video_id",
    ["video with captions"]
    if PHASES == "fuzzing"
    else ["video with captions", "waiting video", "no video"],
    indirect=True,
)
async def test_every_answer_is_as_the_document_says(
    storing_gateway: Any, tenant: UUID, video_id: UUID, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "--config-file",
        HERE / "schemathesis.toml",
        "--no-color",
        "run",
        f"{storing_gateway.url}/schema/openapi.json",
        f"--phases={PHASES}",
        f"--max-examples={EXAMPLES}",
        f"--seed={SEED}",
        "--request-timeout=30",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(HERE),
            "SCHEMATHESIS_HOOKS": "hooks",
            "FUZZ_JWT_SECRET": storing_gateway.jwt_secret,
            "FUZZ_WEBHOOK_SECRET": storing_gateway.webhook_secret,
            "FUZZ_ISSUER": storing_gateway.issuer,
            "FUZZ_TENANT": str(tenant),
            "FUZZ_VIDEO": str(video_id),
        },
    )
    output, _ = await process.communicate()
    shown = output.decode()
    if REPORT is not None:
        with Path(REPORT).open("a", encoding="utf-8") as file:  # noqa: ASYNC230  a few KB
            file.write(shown)
    assert process.returncode == 0, shown[shown.find("= FAILURES") :]
