"""Both compute adapters, each as the suite meets it: made anew as after a restart."""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import modal
import pytest_asyncio
from captionacc_contracts.compute import ExtractResult, Measured
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_flow_worker.adapters.call_directory import CallDirectory
from captionacc_flow_worker.adapters.local_compute import LocalCompute
from captionacc_flow_worker.adapters.modal_compute import ModalCompute
from captionacc_flow_worker.adapters.process_identity import signal_group
from captionacc_flow_worker.ports import Compute

STAND_IN = Path(__file__).parents[1] / "stand_in_call.py"


@dataclass
class NotModal:
    """The surface of Modal's client that the adapter uses, with the client's own exceptions."""

    calls: dict[str, "NotModalCall"] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    cuts: int = 0

    def function(self, _name: str) -> "_Handle":
        return _Handle(spawn=_Method(self._spawn))

    def function_call(self, call_id: str) -> "_Handle":
        call = self.calls.get(call_id)
        if call is None:
            unknown = _Method(self._unknown)
            return _Handle(get=unknown, cancel=unknown)
        return _Handle(get=_Method(lambda timeout: self._get(call, timeout)), cancel=call.stop)

    async def _spawn(self, **arguments: Any) -> "_Handle":
        call_id = f"fc-{next(self.numbers)}"
        self.calls[call_id] = NotModalCall(arguments)
        return _Handle(object_id=call_id)

    async def _get(self, call: "NotModalCall", timeout: float) -> Any:
        if self.cuts:
            self.cuts -= 1
            raise modal.exception.ConnectionError("cut")
        async with asyncio.timeout(timeout):
            return await asyncio.shield(call.task)

    async def _unknown(self, **_arguments: Any) -> None:
        raise modal.exception.NotFoundError("no such call")


class NotModalCall:
    def __init__(self, arguments: dict[str, Any]) -> None:
        self.task = asyncio.ensure_future(self._work(str(arguments["language"])))
        self._cancelled = asyncio.Event()
        self.stop = _Method(self._stop)

    async def _stop(self, *, terminate_containers: bool) -> None:
        self._cancelled.set()

    async def _work(self, knob: str) -> ExtractResult:
        for word in knob.split("+"):
            name, _, value = word.partition("=")
            if name == "sleep":
                try:
                    async with asyncio.timeout(float(value)):
                        await self._cancelled.wait()
                except TimeoutError:
                    continue
                raise modal.exception.RemoteError("Input was cancelled")
            if name == "crash":
                raise modal.exception.RemoteError("Container died.")
            if name == "permanent":
                message = "A permanent failure was asked for."
                raise PermanentError(ErrorCode.VIDEO_UNREADABLE, message)
            if name == "transient":
                message = "A transient failure was asked for."
                raise TransientError(ErrorCode.OCR_UNAVAILABLE, message)
        return RESULT


class _Method:
    def __init__(self, call: Callable[..., Any]) -> None:
        self.aio = call


class _Handle:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


RESULT = ExtractResult(
    frame_count=30,
    full_frame_count=1,
    duration_seconds=3.0,
    width=320,
    height=180,
    video_codec="h264",
    ocr_box_count=2,
    failed_ocr_count=0,
    suggested_crop_region=None,
    raw_ocr_key="a",
    layout_key="b",
    measured=Measured(seconds={}),
)


@dataclass
class Adapter:
    """``fresh`` gives the adapter as another process would have it."""

    fresh: Callable[[], Compute]
    not_modal: NotModal | None = None


def local_compute(directory: Path, **environment: str) -> LocalCompute:
    return LocalCompute(
        directory=directory / "calls",
        command=[sys.executable, str(STAND_IN)],
        environment={
            "PATH": os.environ["PATH"],
            "COMPUTE_LEDGER": str(directory / "ledger"),
            **environment,
        },
    )


@pytest_asyncio.fixture(params=["local", "modal"], loop_scope="session")
async def adapter(request: Any, tmp_path: Path) -> AsyncIterator[Adapter]:
    if request.param == "local":
        yield Adapter(fresh=lambda: local_compute(tmp_path))
        for path in (tmp_path / "calls").glob("*"):
            call = CallDirectory(path).call()
            if call is not None:
                signal_group(call.process, signal.SIGKILL)
        return
    not_modal = NotModal()
    yield Adapter(
        fresh=lambda: ModalCompute(
            function=not_modal.function, function_call=not_modal.function_call, step_s=0.2
        ),
        not_modal=not_modal,
    )
