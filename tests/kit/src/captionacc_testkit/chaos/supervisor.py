"""Keeps the stack's processes running as a host does: it restarts a process that ended."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from captionacc_stack.servers.process import ManagedProcess, ProcessSpec, spawn

PERIOD_S = 0.1
# Each probe makes a service ask all others, some of which are starting; so probe rarely.
LOOK_S = 0.5
# Wait between two starts of a service that cannot start yet.
AGAIN_AFTER_S = 0.7

Prepare = Callable[[], Awaitable[None]]


class Supervisor:
    """``prepare`` holds, by the name of a process, what must run before the process restarts."""

    def __init__(self, specs: Mapping[str, ProcessSpec], prepare: Mapping[str, Prepare]) -> None:
        self.specs = dict(specs)
        self._prepare = dict(prepare)
        self._processes: dict[str, ManagedProcess] = {}
        self._not_before: dict[str, float] = {}
        self.starts: dict[str, int] = dict.fromkeys(specs, 0)

    def adopt(self, name: str, process: ManagedProcess) -> None:
        self._processes[name] = process

    def kill(self, name: str, *, down_s: float) -> None:
        """Kill a process; it restarts after ``down_s``."""
        self._not_before[name] = asyncio.get_running_loop().time() + down_s
        process = self._processes.get(name)
        if process is not None:
            process.kill()

    def freeze(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._processes.get(name)
        if process is not None and process.running():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    async def heal(self, limit_s: float) -> None:
        """Let every process run, and return when all of them serve.

        Raises:
            AssertionError: a process does not serve within ``limit_s``.
        """
        self._not_before.clear()
        for name in self.specs:
            self.thaw(name)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit_s
        waiting = list(self.specs)
        while waiting:
            waiting = [name for name in waiting if not await self._serves(name)]
            if waiting and loop.time() > deadline:
                raise AssertionError(f"{waiting} did not serve {limit_s:g} s after the last fault")
            if waiting:
                await asyncio.sleep(LOOK_S)

    async def _serves(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.running() and await self.specs[name].ready()

    async def run(self) -> None:
        while True:
            now = asyncio.get_running_loop().time()
            for name in self.specs:
                process = self._processes.get(name)
                ended = process is None or not process.running()
                if ended and now >= self._not_before.get(name, 0.0):
                    await self._start(name)
            await asyncio.sleep(PERIOD_S)

    async def _start(self, name: str) -> None:
        self._not_before[name] = asyncio.get_running_loop().time() + AGAIN_AFTER_S
        if name in self._prepare:
            await self._prepare[name]()
        self._processes[name] = spawn(self.specs[name], detached=False)
        self.starts[name] += 1

    async def stop(self) -> None:
        for name in self.specs:
            self.thaw(name)
        async with asyncio.TaskGroup() as group:
            for process in self._processes.values():
                group.create_task(process.stop(timeout_s=0))


@asynccontextmanager
async def supervised(
    specs: Mapping[str, ProcessSpec], prepare: Mapping[str, Prepare]
) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(specs, prepare)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await supervisor.stop()
