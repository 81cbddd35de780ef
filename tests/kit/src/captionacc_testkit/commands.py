"""The command as a person runs it, for tests: in a process of its own, on a stack of its own."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captionacc_stack import processes
from captionacc_stack.servers.process import log_tail

COMMAND = str(Path(sys.executable).with_name("captionacc"))
LIMIT_S = 200.0
STOP_LIMIT_S = 40.0


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that ended: its exit status and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True, kw_only=True)
class Commands:
    """``captionacc`` on the stack at ``home``."""

    home: Path

    async def start(
        self, *arguments: str | Path, cwd: Path | None = None
    ) -> asyncio.subprocess.Process:
        """Begin a command; its output is buffered line by line."""
        return await asyncio.create_subprocess_exec(
            COMMAND,
            *map(str, arguments),
            cwd=cwd or self.home,
            env={"PATH": os.environ["PATH"], "CAPTIONACC_HOME": str(self.home), "HOME": "/nowhere"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # A signal sent to the tests' own group must not reach it twice.
            start_new_session=True,
        )

    async def __call__(self, *arguments: str | Path, cwd: Path | None = None) -> Done:
        """Run a command to its end."""
        process = await self.start(*arguments, cwd=cwd)
        talking = asyncio.ensure_future(process.communicate())
        try:
            done, _ = await asyncio.wait({talking}, timeout=LIMIT_S)
            late = not done
            if late:
                process.send_signal(signal.SIGINT)
            async with asyncio.timeout(STOP_LIMIT_S):
                out, err = await talking
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        ended = Done(code=await process.wait(), out=out.decode(), err=err.decode())
        if late:
            worker = log_tail(self.home / "logs" / "flow-worker.log")
            message = f"{arguments} took more than {LIMIT_S:.0f} s; {ended.said}\n{worker}"
            raise AssertionError(message)
        return ended

    async def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((await self("status", "--json")).out)
        return found

    def left(self) -> set[int]:
        """Pids of the stack's processes."""
        return processes.marked(self.home)

    def remove(self) -> None:
        """End what is left and delete everything."""
        processes.send(self.left(), signal.SIGKILL)
        postgres = self.home / "postgres"
        if postgres.is_symlink():
            shutil.rmtree(postgres.resolve(), ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


def make_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="captionacc-e2e-")).resolve()
    # The database's unprivileged account must get through.
    home.chmod(0o711)
    return home
