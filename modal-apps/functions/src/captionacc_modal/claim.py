"""The claim of a call on its work: an object that only the first of equal calls may write.

It closes the gap that a stored call id cannot: a worker that died between starting a call and
saving its id starts a second one, which then finds the claim and yields within milliseconds.
On a store that looks before it writes, two calls of the same instant may both get in; the last to
write stands, so each looks once more whose claim it is.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError
from captionacc_contracts.work.compute import (
    Claim,
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
    """Claim the work for ``call_id``; gives the id of the call that holds it instead, if one does.

    A block that raises gives its claim up, so that the work can be asked for again. One that ends
    well keeps it: the result is there.

    Raises:
        CaptionAccError: the store's.
    """
    key = object_keys.compute_claim(*owner_of(request), digest_of(request))
    claim = Claim(call_id=call_id, function=function_of(request), digest=digest_of(request))
    body = msgspec.json.encode(claim)
    await store.put_if_absent(key, body, content_type="application/json")
    holder = await _holder(store, key)
    if holder is None:
        # Given up between the two looks, or unreadable.
        await store.put(key, body, content_type="application/json")
        holder = call_id
    if holder != call_id:
        yield holder
        return
    try:
        yield None
    except BaseException:
        await _give_up(store, key, call_id)
        raise


async def _holder(store: ObjectStore, key: str) -> str | None:
    try:
        return msgspec.json.decode(await store.get(key), type=Claim).call_id
    except PermanentError as error:
        if error.code is ErrorCode.OBJECT_MISSING:
            return None
        raise
    except msgspec.DecodeError:
        return None


async def _give_up(store: ObjectStore, key: str, call_id: str) -> None:
    async def give_up() -> None:
        if await _holder(store, key) == call_id:
            await store.delete([key])

    # Also when the call is being cancelled: its time is short, but the worker gives it up too.
    try:
        async with asyncio.timeout(_RELEASE_LIMIT_S):
            await asyncio.shield(give_up())
    except (CaptionAccError, TimeoutError) as error:
        _log.warning("claim_not_given_up", key=key, error=str(error))
