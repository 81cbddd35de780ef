"""The result of a call in the object store, which serves every equal request."""

import msgspec
from captionacc_contracts import object_keys
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.compute import ComputeRequest, ComputeResult, digest_of, owner_of
from captionacc_observability.logging import get_logger
from captionacc_wasabi.store import ObjectStore

_log = get_logger(__name__)


async def read_result(store: ObjectStore, request: ComputeRequest) -> ComputeResult | None:
    """The result that an equal call left in the store; ``None`` when there is none.

    A result that cannot be decoded, such as one of an older version, counts as none, so that the
    work is done again.

    Raises:
        CaptionAccError: the store's.
    """
    key = object_keys.compute_result(*owner_of(request), digest_of(request))
    try:
        body = await store.get(key)
    except PermanentError as error:
        if error.code is ErrorCode.OBJECT_MISSING:
            return None
        raise
    try:
        result: ComputeResult = msgspec.json.decode(body, type=ComputeResult)
    except msgspec.MsgspecError:
        _log.warning("stored_result_unreadable", key=key)
        return None
    return result


async def write_result(store: ObjectStore, request: ComputeRequest, result: ComputeResult) -> None:
    """Store the result of the call; the call writes it last.

    Raises:
        CaptionAccError: the store's.
    """
    key = object_keys.compute_result(*owner_of(request), digest_of(request))
    await store.put(key, msgspec.json.encode(result), content_type="application/json")


async def forget_result(store: ObjectStore, request: ComputeRequest) -> None:
    """Remove the result and the claim, so that the work is done again.

    Raises:
        CaptionAccError: the store's.
    """
    owner, digest = owner_of(request), digest_of(request)
    # The claim goes last, because no other call begins while the claim exists.
    await store.delete([object_keys.compute_result(*owner, digest)])
    await store.delete([object_keys.compute_claim(*owner, digest)])
