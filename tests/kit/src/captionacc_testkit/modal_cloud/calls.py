"""Calls and the containers that run them: one task per call, which ends with a result."""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from modal._runtime.execution_context import _set_current_context_ids
from modal_proto import api_pb2

from captionacc_testkit.modal_cloud import ends, results
from captionacc_testkit.modal_cloud.blobs import Blobs

CANCELLED = "Input was cancelled"

_Status = api_pb2.GenericResult


@dataclass(frozen=True, kw_only=True)
class DeployedFunction:
    """``body`` is what a container runs: a coroutine function, or a plain function in a thread.

    As on Modal, ``timeout_s`` applies to each attempt, and ``retries`` to every error that leaves
    the body.
    """

    function_id: str
    app: str
    name: str
    environment: str
    body: Callable[..., Any]
    timeout_s: float | None = None
    retries: int = 0
    hardware: "Hardware"


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What a function asks for; several ``gpus`` are by preference."""

    gpus: tuple[str, ...] = ()
    cpu_cores: float = 0.125
    memory_mib: int = 128


@dataclass(kw_only=True)
class SpawnedCall:
    """One call as the server sees it. ``runs`` counts how often the body began."""

    call_id: str
    function: DeployedFunction
    positional: tuple[Any, ...]
    by_name: dict[str, Any]
    data_format: "api_pb2.DataFormat.ValueType"
    runs: int = 0
    cancels: list[api_pb2.FunctionCallCancelRequest] = field(default_factory=list)
    result: api_pb2.GenericResult | None = None
    expired: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    def start(self, blobs: Blobs) -> None:
        self.task = asyncio.create_task(self._run(blobs))

    def cancel(self, request: api_pb2.FunctionCallCancelRequest) -> None:
        """Stop the body; a call that has ended keeps its result."""
        self.cancels.append(request)
        if self.task is not None:
            self.task.cancel()

    def expire(self) -> None:
        """Forget the result, as Modal does after seven days."""
        self.result = None
        self.expired = True
        self.ended.set()

    async def _run(self, blobs: Blobs) -> None:
        try:
            self.result = await self._result(blobs)
        except asyncio.CancelledError:
            self.result = results.ended(_Status.GENERIC_STATUS_TERMINATED, CANCELLED)
        finally:
            self.ended.set()

    async def _result(self, blobs: Blobs) -> api_pb2.GenericResult:
        retries = self.function.retries
        while True:
            self.runs += 1
            limit = asyncio.timeout(self.function.timeout_s)
            try:
                async with limit:
                    value = await self._body()
                return results.returned(value, self.data_format, blobs)
            except asyncio.CancelledError:
                raise
            except ends.PreemptedError:
                continue
            except ends.ContainerDiedError as died:
                return results.ended(_Status.GENERIC_STATUS_FAILURE, str(died))
            except ends.InputLostError as lost:
                return results.ended(_Status.GENERIC_STATUS_INTERNAL_FAILURE, str(lost))
            except BaseException as error:  # noqa: BLE001  a container reports every error
                if retries:
                    retries -= 1
                elif limit.expired():
                    words = f"Task's current input hit its timeout of {self.function.timeout_s}s"
                    return results.ended(_Status.GENERIC_STATUS_TIMEOUT, words)
                else:
                    return results.raised(error, f"ta-{self.runs}", blobs)

    async def _body(self) -> Any:
        # modal.current_function_call_id() reads this; each call's task has its own context.
        _set_current_context_ids([f"in-{self.call_id}"], [self.call_id], [""])
        body = self.function.body
        if inspect.iscoroutinefunction(body):
            return await body(*self.positional, **self.by_name)
        return await asyncio.to_thread(body, *self.positional, **self.by_name)
