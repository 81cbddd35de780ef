"""The server: deployed functions, calls and blobs behind Modal's gRPC service."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server
from modal_proto import api_pb2

from captionacc_testkit.modal_cloud import results
from captionacc_testkit.modal_cloud.blobs import Blobs
from captionacc_testkit.modal_cloud.calls import DeployedFunction, SpawnedCall
from captionacc_testkit.modal_cloud.faults import Faults
from captionacc_testkit.modal_cloud.service import ModalService, Rpc


class ModalCloud:
    """Made by ``modal_cloud``; a test reads ``calls`` and ``rpcs`` and sets ``faults``.

    ``honours_idempotency`` says whether a request that comes again with its idempotency key gets
    its first answer. The client sends the key; what Modal makes of it is not published, so both are
    to be tried. ``pipelines_inputs`` false makes the client put its input in a request of its own.
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
    ) -> None:
        """Make ``body`` what ``name`` of ``app`` runs; a second time it gets a new function id."""
        self._functions[environment, app, name] = DeployedFunction(
            function_id=f"fu-{next(self._numbers)}",
            app=app,
            name=name,
            environment=environment,
            body=body,
            timeout_s=timeout_s,
            retries=retries,
        )

    def received(self, method: str) -> list[Rpc]:
        """The requests of ``method`` so far, refused and repeated ones too."""
        return [rpc for rpc in self.rpcs if rpc.method == method]

    def find(self, environment: str, app: str, name: str) -> DeployedFunction:
        """Raises ``GRPCError`` when nothing of that name is deployed."""
        function = self._functions.get((environment, app, name))
        if function is None:
            message = f"App '{app}' has no function '{name}' in environment '{environment}'."
            raise GRPCError(Status.NOT_FOUND, message)
        return function

    def new_call(self, function_id: str) -> str:
        """Raises ``GRPCError`` for a function that another deployment has replaced."""
        for function in self._functions.values():
            if function.function_id == function_id:
                call_id = f"fc-{next(self._numbers)}"
                self._created[call_id] = function
                return call_id
        raise GRPCError(Status.NOT_FOUND, f"Function {function_id} was not found.")

    def start_call(self, call_id: str, given: api_pb2.FunctionInput) -> None:
        """Run the one input that a spawned call has."""
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
        """Stop what still runs."""
        tasks = [call.task for call in self.calls.values() if call.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


@asynccontextmanager
async def modal_cloud() -> AsyncIterator[ModalCloud]:
    """A running server on loopback; what still runs in it ends with it."""
    cloud = ModalCloud()
    server = Server([ModalService(cloud)])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cloud.port = listening.getsockname()[1]
        await cloud.blobs.start()
        await server.start(sock=listening)
        try:
            yield cloud
        finally:
            await cloud.end_calls()
            server.close()
            await server.wait_closed()
            await cloud.blobs.stop()
