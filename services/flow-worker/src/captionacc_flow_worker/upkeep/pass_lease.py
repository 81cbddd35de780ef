"""Lets one worker repair at a time, by a lease that ends by itself when its worker freezes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from captionacc_contracts.errors import TransientError
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database

log = get_logger(__name__)

T = TypeVar("T")

# Renewals per lease: two may fail before the lease ends.
_RENEWALS = 3


class PassLease:
    """Holds the lease during a pass, and stops a pass whose lease was lost.

    Args:
        database: Where the lease is. No transaction stays open during a pass.
        owner: Name of this worker's life.
        lease_s: Seconds until an unrenewed lease ends.
    """

    def __init__(self, database: Database, *, owner: str, lease_s: float) -> None:
        self._database = database
        self._owner = owner
        self._lease_s = lease_s

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do ``work`` under the lease; null when another worker holds the lease or took it."""
        async with self._database.autocommit() as session:
            token = await session.pass_leases.take(self._owner, self._lease_s)
        if token is None:
            return None
        working = asyncio.ensure_future(work())
        losing = asyncio.create_task(self._until_lost(token))
        try:
            await asyncio.wait([working, losing], return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                log.error("pass_stopped", reason="another worker took the lease")
                return None
            return working.result()
        finally:
            whole = working.done() and not working.cancelled() and working.exception() is None
            for task in (working, losing):
                task.cancel()
            await asyncio.gather(working, losing, return_exceptions=True)
            await self._give_back(token, whole=whole)

    async def _until_lost(self, token: int) -> None:
        """Renew the lease until another worker has it."""
        held = True
        while held:
            await asyncio.sleep(self._lease_s / _RENEWALS)
            try:
                async with (
                    asyncio.timeout(self._lease_s / _RENEWALS),
                    self._database.autocommit() as session,
                ):
                    held = await session.pass_leases.renew(token, self._lease_s)
            except (TransientError, TimeoutError) as error:
                log.warning("pass_lease_not_renewed", error=type(error).__name__)

    async def _give_back(self, token: int, *, whole: bool) -> None:
        """Free the lease for the next worker; without this, it ends by itself."""
        try:
            async with (
                asyncio.timeout(self._lease_s / _RENEWALS),
                self._database.autocommit() as session,
            ):
                await session.pass_leases.give_back(token, whole=whole)
        except (TransientError, TimeoutError) as error:
            log.warning("pass_lease_not_given_back", error=type(error).__name__)
