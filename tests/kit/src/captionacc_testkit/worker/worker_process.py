"""A worker as a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from captionacc_stack.servers.ports import free_port

from captionacc_testkit.waiting import eventually

_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass
class WorkerProcess:
    process: subprocess.Popen[bytes]
    log: Path
    health_port: int

    @property
    def health_url(self) -> str:
        return f"http://127.0.0.1:{self.health_port}"

    def lines(self, event: str) -> list[str]:
        """The log lines of ``event``."""
        return [line for line in self.log.read_text().splitlines() if f'"{event}"' in line]

    async def metric(self, sample: str) -> float:
        """The value of a sample such as ``name{label="value"}``; 0 if there is none."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{self.health_url}/metrics")).text
        found = [line.rpartition(" ") for line in text.splitlines()]
        return next((float(value) for name, _, value in found if name == sample), 0.0)

    async def ready(self) -> "WorkerProcess":
        """Wait until the worker claims jobs."""

        def started() -> bool:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            return bool(self.lines("worker_ready"))

        # On an idle machine it takes two seconds.
        await eventually(started, 90, what=f"the worker of {self.log}")
        return self

    async def in_prefect(self) -> "WorkerProcess":
        """Wait until Prefect knows the worker's flows."""
        await eventually(lambda: bool(self.lines("prefect_answers")), 90)
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    async def stop(self, timeout_s: float = 30) -> int:
        """Send SIGTERM and wait for the end; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, timeout_s)


def start_worker(log: Path, settings: Mapping[str, str]) -> WorkerProcess:
    """Start a worker that logs to ``log``, with a health server on a free port."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "captionacc_flow_worker"],
            env=process_environment(HEALTH_PORT=str(port), LOG_FORMAT="json", **settings),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return WorkerProcess(process=process, log=log, health_port=port)


def process_environment(**variables: str) -> dict[str, str]:
    """The environment of a service's process: a few variables of this one, and ``variables``."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **variables}
