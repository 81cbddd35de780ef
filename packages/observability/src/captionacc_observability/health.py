"""Readiness: ping everything that a service needs, concurrently, each ping with a time-out."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec


class Ping(Protocol):
    """Something that a service needs and that can say whether it answers."""

    @property
    def name(self) -> str: ...

    async def ping(self) -> None:
        """Return when it answers.

        Raises:
            Exception: it does not answer.
        """
        ...


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """``checks`` maps the name of each ping to ``ok`` or to the reason of its failure."""

    ok: bool
    checks: dict[str, str]


async def run(pings: Sequence[Ping], *, timeout_s: float = 2.0) -> HealthReport:
    """Run all pings concurrently; a failing ping is reported, not raised."""

    async def check(ping: Ping) -> str:
        try:
            async with asyncio.timeout(timeout_s):
                await ping.ping()
        except TimeoutError:
            return f"no answer within {timeout_s:g} s"
        except Exception as error:  # noqa: BLE001  every failure of a ping goes into the report
            # The text of a client's error may contain an address with a password.
            return type(error).__name__
        return "ok"

    async with asyncio.TaskGroup() as group:
        checks = {ping.name: group.create_task(check(ping)) for ping in pings}
    results = {name: task.result() for name, task in checks.items()}
    return HealthReport(ok=all(result == "ok" for result in results.values()), checks=results)
