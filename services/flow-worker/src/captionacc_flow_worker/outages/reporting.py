"""Tells people through Postgres which services are away for this worker. It decides nothing."""

import asyncio
import contextlib

from captionacc_contracts.errors import CaptionAccError
from captionacc_observability.logging import get_logger
from captionacc_supabase.database import Database

from captionacc_flow_worker.outages.outages import Outages

log = get_logger(__name__)

# Readers take a report for that of a stopped worker after six missed ones.
_PERIOD_S = 5.0
_LIMIT_S = 5.0


async def report_outages(database: Database, outages: Outages, worker: str) -> None:
    """Report every few seconds and at each change until cancelled; then withdraw the report."""
    changed = asyncio.Event()
    outages.when_changed(changed.set)
    try:
        while True:
            changed.clear()
            await _try_to_report(database, outages, worker)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PERIOD_S):
                    await changed.wait()
    finally:
        with contextlib.suppress(CaptionAccError, TimeoutError):
            async with asyncio.timeout(_LIMIT_S), database.transaction() as session:
                await session.outages.withdraw(worker)


async def _try_to_report(database: Database, outages: Outages, worker: str) -> None:
    try:
        async with asyncio.timeout(_LIMIT_S), database.transaction() as session:
            await session.outages.report(worker, outages.away())
    except (CaptionAccError, TimeoutError) as error:
        log.warning("outages_not_reported", error=str(error) or type(error).__name__)
