"""Claims of compute calls on their work, as far as the worker takes them back.

A call that runs on Modal writes its claim itself. Only who knows that the call has failed or was
stopped may remove it, so that the work can be done again.
"""

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import Claim, ComputeCall
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

log = get_logger(__name__)


async def read_claim(store: ObjectStore, key: str) -> Claim | None:
    """The claim under ``key``; ``None`` when there is none that can be read.

    Raises:
        CaptionAccError: the store's.
    """
    try:
        return msgspec.json.decode(await store.get(key), type=Claim)
    except PermanentError as error:
        if error.code is ErrorCode.OBJECT_MISSING:
            return None
        raise
    except msgspec.MsgspecError:
        return None


async def release_claim(
    store: ObjectStore, tenant_id: TenantId, video_id: VideoId, call: ComputeCall
) -> None:
    """Remove the claim that ``call`` holds, or did; never fails what is being done."""
    key = object_keys.compute_claim(tenant_id, video_id, call.digest)
    try:
        claim = await read_claim(store, key)
        if claim is not None and claim.call_id == call.call_id:
            await store.delete([key])
    except CaptionAccError as error:
        # The next call finds it and leads here again.
        log.warning("claim_not_released", call_id=call.call_id, error=str(error))
