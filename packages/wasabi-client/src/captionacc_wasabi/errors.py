"""Turns errors of the S3 client into our two families of errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ParamValidationError,
    ResponseStreamingError,
)
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)

from captionacc_wasabi.store import missing

MISSING = {"NoSuchKey", "404", "NotFound"}
TRANSIENT_STATUS = {408, 425, 429}
TRANSIENT_CODES = {"RequestTimeout", "SlowDown", "Throttling", "InternalError", "OperationAborted"}
NETWORK_ERRORS = (
    exceptions.ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
    aiohttp.ClientError,
    TimeoutError,
)


@contextmanager
def translated(action: str, key: str) -> Iterator[None]:
    """Raise errors of the S3 client as ours.

    Args:
        action: What the block does, as a verb for the message, such as ``read``.
        key: The object, or the prefix or bucket, that the block works on.

    Raises:
        TransientError: ``store_unavailable`` when a later attempt may succeed.
        PermanentError: ``object_missing``, ``object_key_invalid``, or ``store_unavailable`` when
            the settings are wrong.
    """
    try:
        yield
    except CaptionAccError:
        raise
    except ClientError as error:
        raise of_answer(error, action, key) from error
    except ParamValidationError as error:
        raise PermanentError(
            ErrorCode.OBJECT_KEY_INVALID, f"Cannot {action} {key!r}: {error}"
        ) from error
    except NETWORK_ERRORS as error:
        raise TransientError(
            ErrorCode.STORE_UNAVAILABLE,
            f"The object store did not {action} {key!r}: {type(error).__name__}.",
        ) from error
    except BotoCoreError as error:
        raise PermanentError(
            ErrorCode.STORE_UNAVAILABLE, f"Cannot {action} {key!r}: {error}"
        ) from error


def of_answer(error: ClientError, action: str, key: str) -> CaptionAccError:
    """Our error for a refusal by the object store."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    refusal = f"The object store answered {status} {code} to {action} {key!r}"
    if code == "NoSuchBucket":
        return PermanentError(
            ErrorCode.STORE_UNAVAILABLE, f"{refusal}; create the bucket or correct WASABI_BUCKET."
        )
    if code in MISSING:
        return missing(key)
    if status >= 500 or status in TRANSIENT_STATUS or code in TRANSIENT_CODES:
        return TransientError(ErrorCode.STORE_UNAVAILABLE, f"{refusal}.")
    if status in {401, 403}:
        return PermanentError(
            ErrorCode.STORE_UNAVAILABLE,
            f"{refusal}; check WASABI_ACCESS_KEY, WASABI_SECRET_KEY and this machine's clock.",
        )
    return PermanentError(ErrorCode.STORE_UNAVAILABLE, f"{refusal}.")
