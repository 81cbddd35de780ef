"""Repairs what was lost between the jobs table, its leases and Prefect, once."""

from typing import Any

from captionacc_contracts.work.flows import FlowName
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from captionacc_flow_worker.upkeep.reconciler import current_reconciler


@flow(name=FlowName.RECONCILE.value, description=__doc__, persist_result=False)
async def reconcile() -> State[Any]:
    repairs = await current_reconciler().repair()
    if repairs is None:
        return Completed(message="Another worker is repairing now.")
    return Completed(message=repairs.sentence())
