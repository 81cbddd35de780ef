"""The command ``captionacc`` for tests: in a separate process, with a separate stack."""

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


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that ended: its exit status and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


# Set by hand: several times what the longest command takes on an idle machine.
LIMIT_S = 200.0
# Set by hand: after Ctrl-C, a command still stops its servers.
STOP_LIMIT_S = 40.0


@dataclass(frozen=True, kw_only=True)
class Commands:
    """``captionacc`` on the stack at ``home``."""

    home: Path

    async def start(
        self, *arguments: str | Path, cwd: Path | None = None
    ) -> asyncio.subprocess.Process:
        """Start a command; its output can be read line by line."""
        return await asyncio.create_subprocess_exec(
            COMMAND,
            *map(str, arguments),
            cwd=cwd or self.home,
            env={"PATH": os.environ["PATH"], "CAPTIONACC_HOME": str(self.home), "HOME": "/nowhere"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Otherwise, a signal to the tests' process group would reach the command twice.
            start_new_session=True,
        )

    async def __call__(self, *arguments: str | Path, cwd: Path | None = None) -> Done:
        """Run a command until it ends."""
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
        """The pids of the stack's processes."""
        return processes.marked(self.home)

    def remove(self) -> None:
        """Kill the processes that are left and delete all files."""
        processes.send(self.left(), signal.SIGKILL)
        postgres = self.home / "postgres"
        if postgres.is_symlink():
            shutil.rmtree(postgres.resolve(), ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


def make_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="captionacc-e2e-")).resolve()
    # The database's unprivileged account must be able to pass through.
    home.chmod(0o711)
    return home
