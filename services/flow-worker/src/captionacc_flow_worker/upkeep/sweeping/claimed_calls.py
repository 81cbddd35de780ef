"""Stops the compute calls that hold claims on the work of a deleted video."""

from collections.abc import Sequence

from captionacc_calls.claims import read_claim
from captionacc_contracts.work.compute import ComputeCall

from captionacc_flow_worker.attempt.services import Services
from captionacc_flow_worker.upkeep.repairs import Repairs

_CLAIM = ".claim.json"
_RESULT = ".result.json"


async def stop_claimed_calls(services: Services, keys: Sequence[str], repairs: Repairs) -> None:
    """Stop the calls of the claims among ``keys`` that have no result: they may still run."""
    for key in keys:
        if key.endswith(_CLAIM) and key.removesuffix(_CLAIM) + _RESULT not in keys:
            claim = await read_claim(services.store, key)
            if claim is not None:
                await services.compute.cancel(
                    ComputeCall(call_id=claim.call_id, function=claim.function, digest=claim.digest)
                )
                repairs.add("calls_stopped")
