"""Causes the faults of a plan, and ends them."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Sequence

from captionacc_observability.process_identity import ProcessIdentity, identify, signal_group

from captionacc_testkit.chaos.ledger import Word, at_work
from captionacc_testkit.chaos.plan import Fault, FaultKind
from captionacc_testkit.chaos.stack import (
    SERVES_WITHIN_S,
    ChaosStack,
    idle_processes,
    running_calls,
    signal_call,
)

UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/xml\r\n"
    b"content-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
)
# Slow enough to change the order of events, fast enough for time-outs not to expire.
SLOW_S = 0.15
# A fault that freezes a call waits this long for one; most calls take less than half a second.
CALL_WITHIN_S = 8.0


class Trouble:
    """The faults of one run; ``made`` lists the faults that happened, with their times."""

    def __init__(self, stack: ChaosStack, seed: int) -> None:
        self._stack = stack
        self._random = random.Random(seed)
        self.made: list[str] = []
        self._frozen: list[ProcessIdentity] = []

    async def make(self, faults: Sequence[Fault]) -> None:
        """Cause the faults; return when the last one is over."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                group.create_task(self._one(fault, began))

    async def heal(self) -> None:
        """End all faults that remain, and wait until every process serves."""
        for proxy in self._stack.proxies.values():
            proxy.restore()
        self._stack.program.chmod(0o755)
        await self._stack.supervisor.heal(SERVES_WITHIN_S)

    def set_right(self) -> None:
        """Set all clocks right, and end the frozen processes, for the next run."""
        for clock in self._stack.clocks.values():
            clock.set(0.0)
        for process in self._frozen:
            signal_group(process, signal.SIGKILL)

    async def _one(self, fault: Fault, began: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(began + fault.at_s - loop.time())
        self.made.append(_described(fault))
        match fault.kind:
            case FaultKind.KILL:
                self._stack.supervisor.kill(fault.target, down_s=fault.lasts_s or 0.0)
            case FaultKind.CLOCK:
                clock = self._stack.clocks[fault.target]
                clock.set(fault.clock_s)
                if fault.lasts_s is not None:
                    await asyncio.sleep(fault.lasts_s)
                    clock.set(0.0)
            case FaultKind.KILL_CALL:
                self._kill_call()
            case FaultKind.FREEZE_CALL:
                await self._freeze_call(fault.lasts_s)
            case FaultKind.NO_PROGRAM:
                self._stack.program.chmod(0o644)
                await asyncio.sleep(fault.lasts_s or 0.0)
                self._stack.program.chmod(0o755)
            case FaultKind.FREEZE:
                self._stack.supervisor.freeze(fault.target)
                await asyncio.sleep(fault.lasts_s or 0.0)
                self._stack.supervisor.thaw(fault.target)
            case _:
                await self._on_the_way(fault)

    async def _on_the_way(self, fault: Fault) -> None:
        proxy = self._stack.proxies[fault.target]
        match fault.kind:
            case FaultKind.CUT:
                proxy.cut()
            case FaultKind.SLOW:
                proxy.delay(SLOW_S)
            case FaultKind.BLACK_HOLE | FaultKind.BLACK_HOLE_THEN_CUT:
                proxy.black_hole()
            case FaultKind.UNAVAILABLE:
                proxy.answer_itself(UNAVAILABLE)
            case FaultKind.FULL:
                proxy.answer_itself(UNAVAILABLE, only=b"PUT")
            case _:
                proxy.truncate_answers(fault.answer_bytes)
        await asyncio.sleep(fault.lasts_s or 0.0)
        if fault.kind is FaultKind.BLACK_HOLE_THEN_CUT:
            proxy.cut()
        proxy.restore()

    def _kill_call(self) -> None:
        """Kill the process of a running call, or else a process that waits for its next call."""
        directory = self._stack.home.compute
        calls = running_calls(directory)
        if calls:
            digest = self._random.choice(sorted(calls))
            killed = signal_call(calls[digest], signal.SIGKILL)
            if killed is not None:
                self._stack.ledger.note(Word.KILLED, digest, killed.pid)
        elif idle := idle_processes(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(idle), signal.SIGKILL)

    async def _freeze_call(self, lasts_s: float | None) -> None:
        """Freeze the process of a call at work, or else one that waits for its next call."""
        frozen = await self._frozen_at_work() or self._frozen_idle()
        if frozen is None:
            return
        self._frozen.append(frozen)
        if lasts_s is not None:
            await asyncio.sleep(lasts_s)
            signal_group(frozen, signal.SIGCONT)

    async def _frozen_at_work(self) -> ProcessIdentity | None:
        until = asyncio.get_running_loop().time() + CALL_WITHIN_S
        while asyncio.get_running_loop().time() < until:
            calls = running_calls(self._stack.home.compute)
            if digests := sorted(calls.keys() & at_work(self._stack.ledger.lines())):
                digest = self._random.choice(digests)
                frozen = signal_call(calls[digest], signal.SIGSTOP)
                if frozen is not None:
                    self._stack.ledger.note(Word.FROZEN, digest, frozen.pid)
                return frozen
            await asyncio.sleep(0.02)
        return None

    def _frozen_idle(self) -> ProcessIdentity | None:
        idle = idle_processes(self._stack.home.compute)
        frozen = identify(self._random.choice(idle)) if idle else None
        if frozen is not None:
            signal_group(frozen, signal.SIGSTOP)
        return frozen


def _described(fault: Fault) -> str:
    lasts = "for good" if fault.lasts_s is None else f"{fault.lasts_s:.1f} s"
    more = f" by {fault.clock_s:+.0f} s" if fault.kind is FaultKind.CLOCK else ""
    if fault.kind is FaultKind.TRUNCATED:
        more = f" after {fault.answer_bytes} bytes"
    return f"{fault.at_s:.2f} s: {fault.kind.replace('_', ' ')} {fault.target}{more} ({lasts})"
