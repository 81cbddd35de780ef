"""Compute calls on Modal: spawned, saved by their id, awaited in bounded steps.

The client's idempotency key lets each ``submit`` spawn one call. If the answer to a spawn is lost
for good, the next ``submit`` spawns a second call. The second call finds the first call's claim in
the object store and yields to the first call.
"""

import asyncio
import time
from dataclasses import dataclass

import modal
from aiohttp import ClientError
from captionacc_contracts.errors import (
    CaptionAccError,
    ErrorCode,
    PermanentError,
    TransientError,
)
from captionacc_contracts.work.compute import (
    ComputeCall,
    ComputeRequest,
    ComputeResult,
    Yielded,
    arguments_of,
    digest_of,
    function_of,
)
from captionacc_contracts.work.functions import FUNCTIONS, MODAL_APP
from captionacc_observability.logging import get_logger
from grpclib.exceptions import StreamTerminatedError

from captionacc_flow_worker.compute.ports import IsOurs, always_ours, not_ours

log = get_logger(__name__)

# These errors say that the link is broken; the call still runs. ``ClientError`` is among them
# because a large result comes by plain HTTP.
_LINK = (
    modal.exception.ConnectionError,
    modal.exception.ServiceError,
    modal.exception.InternalError,
    modal.exception.ResourceExhaustedError,
    StreamTerminatedError,
    ClientError,
)
_REFUSED = (modal.exception.AuthError, modal.exception.PermissionDeniedError)
# The client raises in this process what ended a container; it must not end the worker.
_EXITS = (SystemExit, KeyboardInterrupt)
_UNKNOWN = (modal.exception.NotFoundError, modal.exception.ExecutionError)


@dataclass(frozen=True, kw_only=True)
class ModalTimes:
    """Limits of requests to Modal, in seconds."""

    # One wait for a result; the client polls the server for up to 55 s at a time.
    step_s: float = 50.0
    # A wait that takes this much longer than ``step_s`` is stuck.
    stuck_s: float = 10.0
    # Any other request.
    request_s: float = 60.0
    # Pause after a broken link; it doubles each time up to ``longest_pause_s``.
    pause_s: float = 0.5
    longest_pause_s: float = 15.0


class ModalCompute:
    """Implements the ``Compute`` port.

    Without a ``client``, Modal makes one from ``MODAL_TOKEN_ID``, ``MODAL_TOKEN_SECRET`` and
    ``MODAL_ENVIRONMENT``. Functions and calls are looked up for every use, because a redeployment
    ends old handles.
    """

    def __init__(
        self, *, client: modal.Client | None = None, times: ModalTimes | None = None
    ) -> None:
        self._client = client
        self._times = times or ModalTimes()

    async def submit(self, request: ComputeRequest) -> ComputeCall:
        name = function_of(request)
        function: modal.Function[..., object, object] = modal.Function.from_name(
            MODAL_APP, name, client=self._client
        )
        try:
            async with asyncio.timeout(self._times.request_s):
                call = await function.spawn.aio(**arguments_of(request))
        except _REFUSED as error:
            raise _refused(error) from error
        except (*_LINK, TimeoutError, modal.exception.Error) as error:
            raise TransientError(
                ErrorCode.COMPUTE_LOST,
                f"{name} could not be started on Modal ({type(error).__name__}); "
                f"see whether the app {MODAL_APP} is deployed and Modal up.",
            ) from error
        return ComputeCall(call_id=call.object_id, function=name, digest=digest_of(request))

    async def result(
        self, call: ComputeCall, deadline_s: float, *, is_ours: IsOurs = always_ours
    ) -> ComputeResult | Yielded:
        until = time.monotonic() + deadline_s
        pause_s = self._times.pause_s
        while (left_s := until - time.monotonic()) > 0:
            step_s = min(self._times.step_s, left_s)
            began = time.monotonic()
            try:
                # On a half-open connection, the client was seen to hang beyond its own limit.
                async with asyncio.timeout(step_s + self._times.stuck_s):
                    value = await self._handle(call).get.aio(timeout=step_s)
            except TimeoutError as error:
                if time.monotonic() - began < step_s / 2:
                    # The error came too early for this wait: the function raised it.
                    raise _translated(call, error) from error
                pause_s = self._times.pause_s
            except _LINK as error:
                log.warning("modal_link_broken", call_id=call.call_id, error=type(error).__name__)
                await asyncio.sleep(min(pause_s, max(0.0, until - time.monotonic())))
                pause_s = min(pause_s * 2, self._times.longest_pause_s)
            except (Exception, *_EXITS) as error:
                raise _translated(call, error) from error
            else:
                return _checked(call, value)
        await self._stop_late(call, deadline_s, is_ours)
        raise TransientError(
            ErrorCode.COMPUTE_TIMEOUT,
            f"{call.function} did not finish within {deadline_s:g} s and was stopped.",
        )

    async def cancel(self, call: ComputeCall) -> None:
        try:
            async with asyncio.timeout(self._times.request_s):
                await self._handle(call).cancel.aio(terminate_containers=True)
        except _UNKNOWN:
            return
        except _REFUSED as error:
            raise _refused(error) from error
        except (*_LINK, TimeoutError, modal.exception.Error) as error:
            raise TransientError(
                ErrorCode.COMPUTE_UNREACHABLE,
                f"The call of {call.function} could not be cancelled ({type(error).__name__}).",
            ) from error

    async def ping(self) -> None:
        """Look up a function of the app: a small request that starts no container."""
        function: modal.Function[..., object, object] = modal.Function.from_name(
            MODAL_APP, next(iter(FUNCTIONS)), client=self._client
        )
        async with asyncio.timeout(self._times.request_s):
            await function.hydrate.aio()

    def _handle(self, call: ComputeCall) -> "modal.FunctionCall[object]":
        return modal.FunctionCall.from_id(call.call_id, client=self._client)

    async def _stop_late(self, call: ComputeCall, deadline_s: float, is_ours: IsOurs) -> None:
        try:
            if not await is_ours():
                raise not_ours(call)
            await self.cancel(call)
        except TransientError as error:
            if error.code is ErrorCode.LEASE_LOST:
                raise
            raise TransientError(
                ErrorCode.COMPUTE_UNREACHABLE,
                f"{call.function} did not finish within {deadline_s:g} s and could not be stopped; "
                "the next attempt waits for it again.",
            ) from error


def _refused(error: Exception) -> PermanentError:
    return PermanentError(
        ErrorCode.COMPUTE_UNREACHABLE,
        f"Modal refused the worker's token ({type(error).__name__}); "
        "set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET of the flow-worker to a valid pair.",
    )


def _translated(call: ComputeCall, error: BaseException) -> CaptionAccError:
    if isinstance(error, CaptionAccError):
        return error
    if isinstance(error, _REFUSED):
        return _refused(error)
    if isinstance(error, modal.exception.FunctionTimeoutError):
        return TransientError(
            ErrorCode.COMPUTE_TIMEOUT, f"{call.function} ran into its time-out on Modal."
        )
    if isinstance(
        error,
        (modal.exception.OutputExpiredError, modal.exception.InternalFailure, *_UNKNOWN),
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
