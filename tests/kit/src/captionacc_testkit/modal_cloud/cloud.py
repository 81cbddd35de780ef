"""What a Modal workspace holds: deployed functions, their calls and blobs."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from modal_proto import api_pb2

from captionacc_testkit.modal_cloud import results
from captionacc_testkit.modal_cloud.blobs import Blobs
from captionacc_testkit.modal_cloud.calls import DeployedFunction, Hardware, SpawnedCall
from captionacc_testkit.modal_cloud.faults import Faults
from captionacc_testkit.modal_cloud.rpc import Rpc


class ModalCloud:
    """Made by ``modal_cloud``; a test reads ``calls`` and ``rpcs`` and sets ``faults``.

    ``honours_idempotency`` says whether a repeated request with the same idempotency key gets the
    first answer again. The client sends the key, but Modal does not document what it does with it,
    so tests try both. ``pipelines_inputs`` False makes the client send its input in a separate
    request.
    """

    def __init__(self) -> None:
        self.token = ("ak-local", "as-local")
        self.calls: dict[str, SpawnedCall] = {}
        self.rpcs: list[Rpc] = []
        self.faults = Faults()
        self.blobs = Blobs()
        self.honours_idempotency = True
        self.pipelines_inputs = True
        self.port = 0
        self._functions: dict[tuple[str, str, str], DeployedFunction] = {}
        self._created: dict[str, DeployedFunction] = {}
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def deploy(
        self,
        app: str,
        name: str,
        body: Callable[..., Any],
        *,
        environment: str = "",
        timeout_s: float | None = None,
        retries: int = 0,
        hardware: Hardware | None = None,
    ) -> None:
        """Make ``name`` of ``app`` run ``body``. A second deployment gets a new function id."""
        self._functions[environment, app, name] = DeployedFunction(
            function_id=f"fu-{next(self._numbers)}",
            app=app,
            name=name,
            environment=environment,
            body=body,
            timeout_s=timeout_s,
            retries=retries,
            hardware=hardware or Hardware(),
        )

    def received(self, method: str) -> list[Rpc]:
        """All requests of ``method`` so far, including refused and repeated ones."""
        return [rpc for rpc in self.rpcs if rpc.method == method]

    def find(self, environment: str, app: str, name: str) -> DeployedFunction:
        """Find a deployed function; raises ``GRPCError`` when there is none of that name."""
        function = self._functions.get((environment, app, name))
        if function is None:
            message = f"App '{app}' has no function '{name}' in environment '{environment}'."
            raise GRPCError(Status.NOT_FOUND, message)
        return function

    def new_call(self, function_id: str) -> str:
        """Make the id of a new call; raises ``GRPCError`` when the function was replaced."""
        for function in self._functions.values():
            if function.function_id == function_id:
                call_id = f"fc-{next(self._numbers)}"
                self._created[call_id] = function
                return call_id
        raise GRPCError(Status.NOT_FOUND, f"Function {function_id} was not found.")

    def start_call(self, call_id: str, given: api_pb2.FunctionInput) -> None:
        """Run the single input of a spawned call."""
        data = self.blobs.read(given.args_blob_id) if given.args_blob_id else given.args
        positional, by_name = results.arguments_of(data, given.data_format)
        call = SpawnedCall(
            call_id=call_id,
            function=self._created[call_id],
            positional=positional,
            by_name=by_name,
            data_format=given.data_format,
        )
        self.calls[call_id] = call
        call.start(self.blobs)

    async def end_calls(self) -> None:
        """Stop every call that still runs."""
        tasks = [call.task for call in self.calls.values() if call.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
