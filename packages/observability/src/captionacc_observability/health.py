"""Readiness: ping everything that a service works with, concurrently, each ping with a time-out."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

# Platforms and load balancers give a check 5 s.
TIMEOUT_S = 1.5


class Ping(Protocol):
    """Something that a service works with and that can say whether it answers."""

    @property
    def name(self) -> str: ...

    async def ping(self) -> None:
        """Return when it answers.

        Raises:
            Exception: it does not answer.
        """
        ...


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """``checks`` maps the name of each ping to ``ok`` or to the reason of its failure.

    ``degraded`` names those that do not answer and have a fall-back; ``ok`` does not depend on
    them.
    """

    ok: bool
    checks: dict[str, str]
    degraded: list[str] = []


class Readiness:
    """Asks everything that a service works with whether it answers.

    Args:
        needed: What the service cannot work without.
        with_fallback: What the service can do without for a while.
        timeout_s: Seconds that each ping gets. A ping that does not end when it is cancelled is
            left behind, so the report never takes longer.
    """

    def __init__(
        self,
        *,
        needed: Sequence[Ping] = (),
        with_fallback: Sequence[Ping] = (),
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._needed = needed
        self._with_fallback = with_fallback
        self._timeout_s = timeout_s
        self._pings: dict[str, asyncio.Task[str]] = {}

    async def report(self) -> HealthReport:
        """Ping everything at the same time; a failing ping is reported, not raised."""
        for ping in (*self._needed, *self._with_fallback):
            # A ping that hangs since an earlier report is not sent a second time.
            if ping.name not in self._pings or self._pings[ping.name].done():
                self._pings[ping.name] = asyncio.create_task(_check(ping))
        asked = dict(self._pings)
        if asked:
            await asyncio.wait(asked.values(), timeout=self._timeout_s)
        checks = {}
        for name, task in asked.items():
            if not task.done() and not task.cancelling():
                task.cancel()
            checks[name] = self._result(task)
        return HealthReport(
            ok=all(checks[ping.name] == "ok" for ping in self._needed),
            checks=checks,
            degraded=[ping.name for ping in self._with_fallback if checks[ping.name] != "ok"],
        )

    def _result(self, task: asyncio.Task[str]) -> str:
        if not task.done() or task.cancelled():
            return f"no answer within {self._timeout_s:g} s"
        return task.result()


async def _check(ping: Ping) -> str:
    try:
        await ping.ping()
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001  every failure of a ping goes into the report
        # The text of a client's error may contain an address with a password.
        return type(error).__name__
    return "ok"
