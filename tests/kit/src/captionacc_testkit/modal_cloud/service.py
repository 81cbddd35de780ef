"""The methods of Modal's service that spawning, waiting, cancelling and blobs need."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, cast

from google.protobuf import empty_pb2
from google.protobuf.message import Message
from grpclib.const import Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Stream
from modal_proto import api_pb2
from modal_proto.api_grpc import ModalClientBase

from captionacc_testkit.modal_cloud.calls import DeployedFunction, SpawnedCall
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.faults import Answer
from captionacc_testkit.modal_cloud.rpc import Rpc

_Work = Callable[[Any], Awaitable[Message]]


class _ByName:
    """Has every attribute: each is a handler for the method of that name."""

    def __init__(self, handle: Callable[[str, Stream[Any, Any]], Awaitable[None]]) -> None:
        self._handle = handle

    def __getattr__(self, name: str) -> Callable[[Stream[Any, Any]], Awaitable[None]]:
        return functools.partial(self._handle, name)


class ModalService:
    """What grpclib serves. For each request: record it, apply faults, check credentials, do it."""

    def __init__(self, cloud: ModalCloud) -> None:
        self._cloud = cloud
        self._first_answers: dict[str, Message] = {}

        self._works: dict[str, _Work] = {
            "ClientHello": self._hello,
            "FunctionGet": self._look_up,
            "FunctionMap": self._spawn,
            "FunctionPutInputs": self._put_inputs,
            "FunctionGetOutputs": self._outputs,
            "FunctionCallCancel": self._cancel,
            "FunctionCallFromId": self._from_id,
            "BlobCreate": self._new_blob,
            "BlobGet": self._blob,
        }

    def __mapping__(self) -> dict[str, Handler]:
        # The generated base knows the paths and types of all methods and asks us for each handler.
        return ModalClientBase.__mapping__(cast("ModalClientBase", _ByName(self._handle)))

    async def _handle(self, name: str, stream: Stream[Any, Any]) -> None:
        request = await stream.recv_message()
        assert stream.metadata is not None
        rpc = Rpc(
            method=name,
            request=request,
            metadata={key: str(value) for key, value in stream.metadata.items()},
            limit_s=stream.deadline.time_remaining() if stream.deadline else None,
        )
        self._cloud.rpcs.append(rpc)
        fate = await self._cloud.faults.meet(name)
        self._authenticate(rpc)
        if name not in self._works:
            raise GRPCError(
                Status.UNIMPLEMENTED, f"The stand-in for Modal does not implement {name}."
            )
        answer = await self._answer(rpc, self._works[name])
        if fate is Answer.LOST:
            await stream.cancel()
        else:
            await stream.send_message(answer)

    def _authenticate(self, rpc: Rpc) -> None:
        given = (rpc.metadata.get("x-modal-token-id"), rpc.metadata.get("x-modal-token-secret"))
        if given != self._cloud.token:
            raise GRPCError(Status.UNAUTHENTICATED, "Token validation failed.")

    async def _answer(self, rpc: Rpc, work: _Work) -> Message:
        key = rpc.metadata.get("x-idempotency-key")
        if key is None or not self._cloud.honours_idempotency:
            return await work(rpc.request)
        if key not in self._first_answers:
            self._first_answers[key] = await work(rpc.request)
        return self._first_answers[key]

    async def _hello(self, _request: empty_pb2.Empty) -> Message:
        return api_pb2.ClientHelloResponse()

    async def _look_up(self, request: api_pb2.FunctionGetRequest) -> Message:
        function = self._cloud.find(request.environment_name, request.app_name, request.object_tag)
        formats = [api_pb2.DATA_FORMAT_PICKLE, api_pb2.DATA_FORMAT_CBOR]
        return api_pb2.FunctionGetResponse(
            function_id=function.function_id,
            handle_metadata=api_pb2.FunctionHandleMetadata(
                function_name=function.name,
                function_type=api_pb2.Function.FUNCTION_TYPE_FUNCTION,
                supported_input_formats=formats,
                supported_output_formats=formats,
                app_id=f"ap-{function.app}",
            ),
            function=api_pb2.FunctionData(
                function_name=function.name,
                timeout_secs=int(function.timeout_s or 300),
                ranked_functions=[
                    api_pb2.FunctionData.RankedFunction(function=_declared(function, gpu))
                    for gpu in function.hardware.gpus or (None,)
                ],
            ),
        )

    async def _spawn(self, request: api_pb2.FunctionMapRequest) -> Message:
        call_id = self._cloud.new_call(request.function_id)
        inputs = request.pipelined_inputs if self._cloud.pipelines_inputs else ()
        return api_pb2.FunctionMapResponse(
            function_call_id=call_id,
            function_call_jwt=f"jwt-{call_id}",
            pipelined_inputs=[self._put(call_id, item) for item in inputs],
        )

    async def _put_inputs(self, request: api_pb2.FunctionPutInputsRequest) -> Message:
        return api_pb2.FunctionPutInputsResponse(
            inputs=[self._put(request.function_call_id, item) for item in request.inputs]
        )

    def _put(
        self, call_id: str, item: api_pb2.FunctionPutInputsItem
    ) -> api_pb2.FunctionPutInputsResponseItem:
        self._cloud.start_call(call_id, item.input)
        return api_pb2.FunctionPutInputsResponseItem(
            idx=item.idx, input_id=f"in-{call_id}", input_jwt=f"jwt-in-{call_id}"
        )

    async def _outputs(self, request: api_pb2.FunctionGetOutputsRequest) -> Message:
        call = self._call(request.function_call_id)
        try:
            async with asyncio.timeout(request.timeout):
                await call.ended.wait()
        except TimeoutError:
            return api_pb2.FunctionGetOutputsResponse(num_unfinished_inputs=1)
        if call.result is None:
            return api_pb2.FunctionGetOutputsResponse(num_unfinished_inputs=0)
        item = api_pb2.FunctionGetOutputsItem(
            result=call.result, input_id=f"in-{call.call_id}", data_format=call.data_format
        )
        if request.clear_on_success:
            call.expire()
        return api_pb2.FunctionGetOutputsResponse(idxs=[0], outputs=[item])

    async def _cancel(self, request: api_pb2.FunctionCallCancelRequest) -> Message:
        self._call(request.function_call_id).cancel(request)
        return empty_pb2.Empty()

    async def _from_id(self, request: api_pb2.FunctionCallFromIdRequest) -> Message:
        call = self._call(request.function_call_id)
        return api_pb2.FunctionCallFromIdResponse(function_call_id=call.call_id, num_inputs=1)

    async def _new_blob(self, _request: api_pb2.BlobCreateRequest) -> Message:
        blob_id = self._cloud.blobs.new_id()
        url = self._cloud.blobs.url(blob_id)
        return api_pb2.BlobCreateResponse(
            blob_id=blob_id, blob_ids=[blob_id], upload_urls=api_pb2.UploadUrlList(items=[url])
        )

    async def _blob(self, request: api_pb2.BlobGetRequest) -> Message:
        return api_pb2.BlobGetResponse(download_url=self._cloud.blobs.url(request.blob_id))

    def _call(self, call_id: str) -> SpawnedCall:
        call = self._cloud.calls.get(call_id)
        if call is None:
            raise GRPCError(Status.NOT_FOUND, f"Function call {call_id} was not found.")
        return call


def _declared(function: DeployedFunction, gpu: str | None) -> api_pb2.Function:
    return api_pb2.Function(
        function_name=function.name,
        retry_policy=api_pb2.FunctionRetryPolicy(retries=function.retries),
        resources=api_pb2.Resources(
            milli_cpu=int(function.hardware.cpu_cores * 1000),
            memory_mb=function.hardware.memory_mib,
            gpu_config=api_pb2.GPUConfig(gpu_type=gpu, count=1) if gpu else None,
        ),
    )
