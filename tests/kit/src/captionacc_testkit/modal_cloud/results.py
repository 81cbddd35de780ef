"""Results as a Modal container sends them: pickle or CBOR, with the traceback of an error.

We use the serialisers of the client package, as its code in a container does.
"""

import traceback
from typing import Any

from modal._serialization import (
    deserialize_data_format,
    pickle_exception,
    pickle_traceback,
    serialize_data_format,
)
from modal_proto import api_pb2

from captionacc_testkit.modal_cloud.blobs import Blobs

INLINE_BYTES = 8 * 1024
"""The limit of a spawned call; both sides send larger data as a blob."""


def arguments_of(
    data: bytes, data_format: "api_pb2.DataFormat.ValueType"
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments of an input."""
    positional, by_name = deserialize_data_format(data, data_format, None)
    return tuple(positional), dict(by_name)


def returned(
    value: object, data_format: "api_pb2.DataFormat.ValueType", blobs: Blobs
) -> api_pb2.GenericResult:
    """A function's return value."""
    result = api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)
    _attach(result, serialize_data_format(value, data_format), blobs)
    return result


def raised(error: BaseException, task_id: str, blobs: Blobs) -> api_pb2.GenericResult:
    """An error that left the function's body, with its own traceback."""
    serialized_tb, line_cache = pickle_traceback(error, task_id)
    result = api_pb2.GenericResult(
        status=api_pb2.GenericResult.GENERIC_STATUS_FAILURE,
        exception=repr(error),
        traceback="".join(traceback.format_exception(error)),
        serialized_tb=serialized_tb,
        tb_line_cache=line_cache,
    )
    _attach(result, pickle_exception(error), blobs)
    return result


def ended(
    status: "api_pb2.GenericResult.GenericStatus.ValueType", words: str
) -> api_pb2.GenericResult:
    """An end that Modal itself reports, without a result of the function."""
    return api_pb2.GenericResult(status=status, exception=words)


def _attach(result: api_pb2.GenericResult, data: bytes, blobs: Blobs) -> None:
    if len(data) > INLINE_BYTES:
        result.data_blob_id = blobs.keep(data)
    else:
        result.data = data
