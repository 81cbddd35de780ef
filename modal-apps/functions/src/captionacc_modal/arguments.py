"""The arguments of the compute functions, which are the fields of their requests."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.compute import CallKey, ComputeRequest
from captionacc_contracts.work.functions import FunctionName

_REQUESTS: dict[FunctionName, type[ComputeRequest]] = {
    FunctionName(str(kind.__struct_config__.tag)): kind for kind in get_args(ComputeRequest)
}


def signature_of(name: FunctionName) -> inspect.Signature:
    """The signature that a function shows to callers.

    The fields of the call key come last, because only the worker sets them.
    """
    fields = msgspec.structs.fields(_REQUESTS[name])
    ordered = sorted(fields, key=lambda field: field.name in CallKey.__struct_fields__)
    return inspect.Signature(
        [
            inspect.Parameter(
                field.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if field.required else field.default,
                annotation=field.type,
            )
            for field in ordered
        ]
    )


def request_of(
    name: FunctionName, positional: Sequence[Any], by_name: Mapping[str, Any]
) -> ComputeRequest:
    """The request that the arguments of a call describe. Identifiers may be text.

    Raises:
        PermanentError: ``internal`` when the arguments do not fit the function.
    """
    try:
        given = signature_of(name).bind(*positional, **by_name).arguments
        return msgspec.convert(given, _REQUESTS[name])
    except (TypeError, msgspec.ValidationError) as error:
        raise PermanentError(
            ErrorCode.INTERNAL, f"The arguments do not fit the function {name}: {error}."
        ) from error
