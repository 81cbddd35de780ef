"""Start, find and stop the local stack."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from captionacc_stack import addresses, processes, state
from captionacc_stack.home import Home
from captionacc_stack.lifecycle import locks
from captionacc_stack.lifecycle.start import START_FAILURES, Started, start_everything
from captionacc_stack.servers.probe import answers_ok
from captionacc_stack.servers.process import log_tail, poll
from captionacc_stack.state import ServiceRecord, StackState

# The groups end one after the other; the services of one group end together.
_STOP_ORDER = (
    ("webhook-relay", "webhook-gateway", "flow-worker"),
    ("priority", "prefect", "swift-proxy", "swift-object", "swift-container", "swift-account"),
    ("postgres",),
)
# Postgres writes its data to disk within a second or two; the rest is margin for a busy machine.
_STOP_LIMIT_S = 8.0
# The gateway may answer late while another run keeps the machine busy.
_ANSWER_LIMIT_S = 20.0
# SIGINT is Postgres's fast shutdown: it disconnects clients and writes its data to disk.
_ASK = {"postgres": signal.SIGINT}

Say = Callable[[str], None]


class StackError(Exception):
    """A sentence for a person: which part of the stack failed, and where to look."""

    @classmethod
    def of_dead(cls, home: Home, service: str) -> "StackError":
        """The error for a service that ended unexpectedly."""
        log = home.log(service)
        return cls(f"{service} ended unexpectedly. The end of its log {log}:\n{log_tail(log)}")


@dataclass(frozen=True, kw_only=True)
class Up:
    """A running stack.

    ``seconds`` is the start time per step; it is empty when the stack was up already (``reused``).
    """

    home: Home
    state: StackState
    reused: bool
    seconds: Mapping[str, float] = field(default_factory=dict)


async def ensure_up(home: Home, *, say: Say) -> Up:
    """Return the stack at ``home``. Start it unless it runs, after clearing what a crash left.

    A command that uses the stack afterwards must hold ``home.users_lock``; see also ``keep``.

    Raises:
        StackError: a service did not start.
    """
    home.prepare()
    async with locks.exclusive(home.start_lock):
        found = state.load(home.state_file)
        if await _serves(found):
            return Up(home=home, state=found, reused=True)
        await to_its_end(_clear(home, found))
        return await _start(home, found, say=say)


async def keep(home: Home) -> None:
    """Mark the stack to stay up until a person stops it, even after the last run ends."""
    async with locks.exclusive(home.start_lock):
        found = state.load(home.state_file)
        state.save(home.state_file, msgspec.structs.replace(found, kept=True))


async def stop(home: Home) -> bool:
    """Stop every process of the stack at ``home``; return whether any was running."""
    if not home.root.is_dir():
        return False
    async with locks.exclusive(home.start_lock):
        found = state.load(home.state_file)
        ran = any(map(processes.alive, found.services.values())) or bool(
            processes.marked(home.root)
        )
        await to_its_end(_clear(home, found))
        return ran


def kill(home: Home) -> None:
    """Kill every process of the stack; Postgres and the store recover at the next start."""
    processes.send(processes.marked(home.root), signal.SIGKILL)


def dead_service(up: Up) -> str | None:
    """The name of a service that ended unexpectedly, or None."""
    return next(
        (name for name, record in up.state.services.items() if not processes.alive(record)), None
    )


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish ``work`` even when the caller is cancelled; raise the cancellation afterwards."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def _serves(found: StackState) -> bool:
    def lives() -> bool:
        return bool(found.services) and all(map(processes.alive, found.services.values()))

    async def known() -> bool:
        return not lives() or await answers_ok(found.ports["gateway"], "/health/ready")

    return await poll(known, _ANSWER_LIMIT_S) and lives()


async def _start(home: Home, found: StackState, *, say: Say) -> Up:
    ports = addresses.choose(found.ports)
    record = msgspec.structs.replace(found, ports=ports)
    state.save(home.state_file, record)

    def note(name: str, service: ServiceRecord) -> None:
        nonlocal record
        record = msgspec.structs.replace(record, services={**record.services, name: service})
        state.save(home.state_file, record)

    try:
        started: Started = await start_everything(
            home, secrets=record.secrets, ports=ports, environ=os.environ, note=note, say=say
        )
    except BaseException as failure:
        await to_its_end(_clear(home, record))
        if isinstance(failure, START_FAILURES):
            # A TimeoutError has no message.
            reason = (
                str(failure) or f"The stack did not start in time; see the logs in {home.logs}."
            )
            raise StackError(reason) from failure
        raise
    record = msgspec.structs.replace(
        record, addresses=started.addresses, environment=started.environment
    )
    state.save(home.state_file, record)
    return Up(home=home, state=record, reused=False, seconds=started.seconds)


async def _clear(home: Home, found: StackState) -> None:
    """End every process of the stack, recorded or not, and remove it from the state."""
    for names in _STOP_ORDER:
        records = {name: found.services[name] for name in names if name in found.services}
        await processes.end(records, limit_s=_STOP_LIMIT_S, ask=_ASK)
        if names is _STOP_ORDER[0]:
            # Compute processes survive the worker by design, so end them here.
            await processes.sweep(home.root, spared=_recorded(found), limit_s=1.0)
    await processes.sweep(home.root, spared=frozenset(), limit_s=_STOP_LIMIT_S)
    if home.state_file.exists():
        state.save(
            home.state_file,
            msgspec.structs.replace(found, services={}, addresses={}, environment={}, kept=False),
        )


def _recorded(found: StackState) -> frozenset[int]:
    return frozenset(record.pid for record in found.services.values())
