"""The claim of a call on its work: an object that only one of equal calls may write.

The claim closes a gap that a stored call id cannot close: a worker that died between starting a
call and saving its id starts a second call, which finds the claim and yields within milliseconds.
On a store that checks before it writes, two calls at the same instant may both write. The last
claim stands, so each call reads the claim once more to see whose it is.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    Claim,
    ComputeCall,
    ComputeRequest,
    digest_of,
    function_of,
    owner_of,
)
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

_RELEASE_LIMIT_S = 10.0

_log = get_logger(__name__)


@contextlib.asynccontextmanager
async def held(
    store: ObjectStore, request: ComputeRequest, call_id: str
) -> AsyncIterator[str | None]:
    """Claim the work for ``call_id``; gives the id of another call if that call holds the claim.

    A block that raises gives up its claim, so that the work can be requested again. A block that
    succeeds keeps its claim, because the result is stored.

    Raises:
        CaptionAccError: the store's.
    """
    key = object_keys.compute_claim(*owner_of(request), digest_of(request))
    claim = Claim(call_id=call_id, function=function_of(request), digest=digest_of(request))
    body = msgspec.json.encode(claim)
    await store.put_if_absent(key, body, content_type="application/json")
    found = await read_claim(store, key)
    if found is None:
        # The claim was given up between the write and the read, or it cannot be read.
        await store.put(key, body, content_type="application/json")
    elif found.call_id != call_id:
        yield found.call_id
        return
    try:
        yield None
    except BaseException:
        await _give_up(store, key, call_id)
        raise


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
    """Remove the claim of ``call`` if the call still holds it.

    Only a caller who knows that the call has failed or was stopped may do this. An error of
    the store is logged and not raised: the next call finds the claim, and the release is tried
    again.
    """
    key = object_keys.compute_claim(tenant_id, video_id, call.digest)
    try:
        await _remove(store, key, call.call_id)
    except CaptionAccError as error:
        _log.warning("claim_not_released", call_id=call.call_id, error=str(error))


async def _give_up(store: ObjectStore, key: str, call_id: str) -> None:
    # A call that is being cancelled has little time, but the worker removes its claim too.
    try:
        async with asyncio.timeout(_RELEASE_LIMIT_S):
            await asyncio.shield(_remove(store, key, call_id))
    except (CaptionAccError, TimeoutError) as error:
        _log.warning("claim_not_given_up", key=key, error=str(error))


async def _remove(store: ObjectStore, key: str, call_id: str) -> None:
    claim = await read_claim(store, key)
    if claim is not None and claim.call_id == call_id:
        await store.delete([key])
