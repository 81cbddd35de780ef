"""Compute calls on Modal: spawned, saved by their id, awaited in bounded steps."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import modal
from captionacc_contracts.compute import (
    MODAL_APP,
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    Yielded,
    arguments_of,
    digest_of,
    function_of,
)
from captionacc_contracts.errors import CaptionAccError, ErrorCode, PermanentError, TransientError
from grpclib.exceptions import StreamTerminatedError

from captionacc_flow_worker.ports import RunningCall

_STEP_S = 50.0
_RPC_LIMIT_S = 60.0
_LINK_PAUSE_S = (0.5, 15.0)

# A broken link says nothing about the call, which runs on.
_LINK = (
    modal.exception.ConnectionError,
    modal.exception.ServiceError,
    modal.exception.InternalError,
    StreamTerminatedError,
    OSError,
)


def _look_up(name: str) -> Any:
    return modal.Function.from_name(MODAL_APP, name)


class ModalCompute:
    """Holds to the ``Compute`` port.

    ``function`` gives a Modal function by name, ``function_call`` a call by its id; both default to
    the deployed app. They are looked up anew for every use, since a redeployment ends old handles.
    """

    def __init__(
        self,
        *,
        function: Callable[[str], Any] = _look_up,
        function_call: Callable[[str], Any] = modal.FunctionCall.from_id,
        step_s: float = _STEP_S,
    ) -> None:
        self._function = function
        self._function_call = function_call
        self._step_s = step_s

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        name = function_of(request)
        try:
            async with asyncio.timeout(_RPC_LIMIT_S):
                call = await self._function(name).spawn.aio(**arguments_of(request))
        except (*_LINK, TimeoutError, modal.exception.Error) as error:
            raise TransientError(
                ErrorCode.COMPUTE_LOST,
                f"{name} could not be started on Modal ({type(error).__name__}); "
                "see whether the app is deployed and the token valid.",
            ) from error
        return ComputeCall(call_id=call.object_id, function=name, digest=digest_of(request))

    async def result(self, call: ComputeCall, deadline_s: float) -> ComputeResult | Yielded:
        until = time.monotonic() + deadline_s
        pause_s = _LINK_PAUSE_S[0]
        while True:
            left_s = until - time.monotonic()
            if left_s <= 0:
                await self.cancel(call)
                raise TransientError(
                    ErrorCode.COMPUTE_TIMEOUT,
                    f"{call.function} did not finish within {deadline_s:g} s and was stopped.",
                )
            step_s = min(self._step_s, left_s)
            try:
                # The client's own limit has been seen to hang on a half-open connection.
                async with asyncio.timeout(step_s + 10):
                    value = await self._function_call(call.call_id).get.aio(timeout=step_s)
            except Exception as error:
                # The built-in TimeoutError is an OSError: the call still runs.
                if not isinstance(error, _LINK):
                    raise _translated(call, error) from error
                if not isinstance(error, TimeoutError):
                    await asyncio.sleep(min(pause_s, max(0.0, until - time.monotonic())))
                    pause_s = min(pause_s * 2, _LINK_PAUSE_S[1])
                continue
            return _checked(call, value)

    async def cancel(self, call: ComputeCall) -> None:
        try:
            async with asyncio.timeout(_RPC_LIMIT_S):
                await self._function_call(call.call_id).cancel.aio(terminate_containers=True)
        except (modal.exception.NotFoundError, modal.exception.ExecutionError):
            return
        except (*_LINK, TimeoutError, modal.exception.Error) as error:
            raise TransientError(
                ErrorCode.COMPUTE_LOST,
                f"The call of {call.function} could not be cancelled ({type(error).__name__}).",
            ) from error

    async def forget(self, call: ComputeCall) -> None:
        """Modal drops ended calls by itself."""

    async def running(self) -> list[RunningCall]:
        return []

    async def tidy(self, *, kept_s: float, limit: int) -> int:  # noqa: ARG002  Modal drops them
        return 0


def _translated(call: ComputeCall, error: Exception) -> CaptionAccError:
    if isinstance(error, CaptionAccError):
        return error
    if isinstance(error, modal.exception.FunctionTimeoutError):
        return TransientError(
            ErrorCode.COMPUTE_TIMEOUT, f"{call.function} ran into its time-out on Modal."
        )
    if isinstance(
        error,
        (
            modal.exception.OutputExpiredError,
            modal.exception.NotFoundError,
            modal.exception.InternalFailure,
            modal.exception.ExecutionError,
        ),
    ):
        return TransientError(
            ErrorCode.COMPUTE_LOST,
            f"The result of {call.function} is lost ({type(error).__name__}).",
        )
    if isinstance(error, modal.exception.RemoteError):
        if "cancel" in str(error).lower() or not str(error):
            return PermanentError(ErrorCode.COMPUTE_CANCELLED, "The call was cancelled.")
        return TransientError(ErrorCode.COMPUTE_LOST, f"The container of {call.function} died.")
    return TransientError(
        ErrorCode.INTERNAL, f"{call.function} failed with {type(error).__name__} on Modal."
    )


def _checked(call: ComputeCall, value: object) -> ComputeResult | Yielded:
    if isinstance(value, ComputeResult | Yielded):
        return value
    raise TransientError(
        ErrorCode.COMPUTE_LOST,
        f"{call.function} returned a {type(value).__name__}; deploy the app of this version.",
    )
