"""Repairs what was lost between the jobs table, its leases and Prefect, once."""

import asyncio
from contextvars import ContextVar
from typing import Any

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.flows import FlowName
from prefect import flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Completed

from captionacc_flow_worker.orchestration.engine import drive, engine_for
from captionacc_flow_worker.upkeep.reconciler import Reconciler

# A pass takes two minutes at most, and the requests before and after it some seconds.
_LIMIT_S = 150.0
_RECONCILER: ContextVar[Reconciler] = ContextVar("captionacc_reconciler")


@flow(name=FlowName.RECONCILE.value, description=__doc__, persist_result=False)
async def reconcile() -> State[Any]:
    try:
        reconciler = _RECONCILER.get()
    except LookupError as error:
        raise PermanentError(
            ErrorCode.INTERNAL,
            "This flow runs only inside the flow worker; start it from its deployment.",
        ) from error
    repairs = await reconciler.repair()
    if repairs is None:
        return Completed(message="Another worker is repairing now.")
    return Completed(message=repairs.sentence())


async def run_reconcile(reconciler: Reconciler, run: FlowRun) -> None:
    """Run a pending run of this flow in the current task, with ``reconciler``."""
    _RECONCILER.set(reconciler)
    async with asyncio.timeout(_LIMIT_S):
        await drive(engine_for(reconcile, run))
