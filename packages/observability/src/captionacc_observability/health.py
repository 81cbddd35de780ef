"""Readiness: ping what a service needs, all at once, each with a limit."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec


class Ping(Protocol):
    """Something a service needs."""

    @property
    def name(self) -> str: ...

    async def ping(self) -> None:
        """Return when it answers; raise when it does not."""
        ...


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """``checks`` maps each name to ``ok`` or to why not."""

    ok: bool
    checks: dict[str, str]


async def run(pings: Sequence[Ping], *, timeout_s: float = 2.0) -> HealthReport:
    """Run all pings at once; never raises for a failing one."""

    async def check(ping: Ping) -> str:
        try:
            async with asyncio.timeout(timeout_s):
                await ping.ping()
        except TimeoutError:
            return f"no answer within {timeout_s:g} s"
        except Exception as error:  # noqa: BLE001  any failure is a finding, not an error of ours
            # The text of a client's error may hold an address with a password.
            return type(error).__name__
        return "ok"

    async with asyncio.TaskGroup() as group:
        checks = {ping.name: group.create_task(check(ping)) for ping in pings}
    results = {name: task.result() for name, task in checks.items()}
    return HealthReport(ok=all(result == "ok" for result in results.values()), checks=results)
