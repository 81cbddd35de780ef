"""The console in a real browser: Playwright runs the specs of ``console/e2e`` against one stack.

The tests need Chromium (``CHROMIUM`` names it, or it is on PATH) and what ``make console-test``
installs. Without either, they are skipped; ``.ci/run`` installs both and lets nothing be skipped.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from captionacc_testkit.commands import COMMAND, Commands
from captionacc_testkit.media import ClipCaption, make_clip

CONSOLE = Path(__file__).parents[2] / "console"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
# The script of CI sets this: there, a browser that is missing is an error.
REQUIRED = os.environ.get("CONSOLE_E2E") == "required"
CAPTIONS = (
    ClipCaption(start_s=0.5, end_s=3.0, text="The first line stands here"),
    ClipCaption(start_s=4.0, end_s=6.5, text="Another one comes after it"),
    ClipCaption(start_s=6.5, end_s=9.0, text="and this one follows at once"),
    ClipCaption(start_s=10.0, end_s=11.5, text="Thank you and goodbye"),
)
SECONDS = 12.0
# Set by hand: several times what the specs take on an idle machine.
LIMIT_S = 900.0


def why_not() -> str | None:
    """Why the specs cannot run here; None when they can."""
    if CHROMIUM is None:
        return "Chromium is not installed: apt install chromium, or set CHROMIUM"
    if not (CONSOLE / "node_modules" / ".bin" / "playwright").exists():
        return "Playwright is not installed: make console-test"
    if not (CONSOLE / "dist" / "index.html").exists():
        return "the console is not built: make console"
    return None


pytestmark = pytest.mark.skipif(
    not REQUIRED and why_not() is not None, reason=why_not() or "the specs can run"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def environment(captionacc: Commands, videos: Path) -> AsyncIterator[dict[str, str]]:
    """What the specs need: the gateway, a token, a clip, and a video with captions."""
    clip = videos / "console.mp4"
    make_clip(clip, size=(640, 360), fps=10, captions=CAPTIONS, seconds=SECONDS)
    ran = await captionacc("run", clip, "--out", videos / "console", "--overwrite")
    assert ran.code == 0, ran.said
    token = await captionacc("token", "--operator")
    other = await captionacc("token", "--role", "reviewer", "--name", "Ann Lee")
    yield {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/nowhere"),
        "CHROMIUM": str(CHROMIUM),
        # A spec kills the gateway and starts it again.
        "CAPTIONACC_HOME": str(captionacc.home),
        "CONSOLE_CAPTIONACC": COMMAND,
        "CONSOLE_URL": (await captionacc.status())["addresses"]["gateway"],
        "CONSOLE_TOKEN": token.out.strip(),
        "CONSOLE_TOKEN_OF_ANN": other.out.strip(),
        "CONSOLE_CLIP": str(clip),
    }


@pytest.mark.timeout(LIMIT_S + 300)
async def test_the_console_works_in_a_browser(environment: dict[str, str]) -> None:
    assert why_not() is None, why_not()
    process = await asyncio.create_subprocess_exec(
        CONSOLE / "npm",
        "run",
        "--silent",
        "e2e",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    async with asyncio.timeout(LIMIT_S):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
