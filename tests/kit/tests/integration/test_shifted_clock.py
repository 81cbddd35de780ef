"""A program under the launcher sees a clock that jumps while it runs."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from captionacc_testkit.chaos.shifted import ShiftFile

PROGRAM = """
import json, sys, time
from datetime import UTC, date, datetime
for _ in sys.stdin:
    seen = datetime.now(UTC)
    print(json.dumps([
        time.time(), seen.timestamp(), datetime.now().timestamp(), time.time_ns() / 1e9,
        datetime.utcnow().replace(tzinfo=UTC).timestamp(), time.monotonic(),
        type(seen) is datetime,
    ]), flush=True)
"""
CLOSE_S = 30.0


@pytest.mark.parametrize("seconds", [600.0, -420.0])
async def test_all_wall_clocks_jump_and_come_back(tmp_path: Path, seconds: float) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    clock = ShiftFile(tmp_path / "clock")
    clock.set(0.0)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "captionacc_testkit.chaos.shifted",
        str(clock.path),
        str(program),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for offset in (0.0, seconds, 0.0):
        clock.set(offset)
        process.stdin.write(b"\n")
        *walls, monotonic, plain = msgspec.json.decode(await process.stdout.readline())
        off_by = [wall - datetime.now(UTC).timestamp() for wall in walls]
        assert off_by == pytest.approx([offset] * len(walls), abs=CLOSE_S)
        assert monotonic == pytest.approx(time.monotonic(), abs=CLOSE_S)
        assert plain
    process.stdin.close()
    assert await process.wait() == 0
