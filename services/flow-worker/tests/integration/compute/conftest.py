"""Both compute adapters, made anew for each use as after a restart."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import modal
import pytest
import pytest_asyncio
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_contracts.work.compute import ExtractResult
from captionacc_contracts.work.functions import MODAL_APP, FunctionName
from captionacc_flow_worker.compute.modal_compute import ModalCompute, ModalTimes
from captionacc_flow_worker.compute.ports import Compute
from captionacc_testkit.compute_results import extracted
from captionacc_testkit.modal_cloud import client, ends
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.server import modal_cloud
from captionacc_testkit.worker.local_calls import kill_calls, local_compute

TIMES = ModalTimes(step_s=0.3, stuck_s=2, request_s=10, pause_s=0.05, longest_pause_s=0.2)

RESULT = extracted()


async def do_what_the_language_says(**arguments: Any) -> ExtractResult:
    """The body of the deployed function ``extract_frames_and_ocr``."""
    for word in str(arguments["language"]).split("+"):
        name, _, value = word.partition("=")
        if name == "sleep":
            await asyncio.sleep(float(value))
        elif name == "crash":
            raise ends.ContainerDiedError("The container was killed for want of memory.")
        elif name == "permanent":
            raise PermanentError(ErrorCode.VIDEO_UNREADABLE, "A permanent failure was asked for.")
        elif name == "transient":
            raise TransientError(ErrorCode.OCR_UNAVAILABLE, "A transient failure was asked for.")
    return RESULT


@dataclass
class Adapter:
    """``fresh`` gives the adapter as another process would make it."""

    fresh: Callable[[], Compute]


@pytest_asyncio.fixture(loop_scope="session")
async def cloud() -> AsyncIterator[ModalCloud]:
    async with modal_cloud() as cloud:
        cloud.deploy(MODAL_APP, FunctionName.EXTRACT_FRAMES_AND_OCR, do_what_the_language_says)
        yield cloud


@pytest_asyncio.fixture(loop_scope="session")
async def modal_client(cloud: ModalCloud) -> AsyncIterator[modal.Client]:
    async with client.connected(cloud.url, cloud.token) as connected:
        yield connected


@pytest_asyncio.fixture(loop_scope="session")
async def other_client(cloud: ModalCloud) -> AsyncIterator[modal.Client]:
    async with client.connected(cloud.url, cloud.token) as connected:
        yield connected


@pytest.fixture
def compute(modal_client: modal.Client) -> ModalCompute:
    return ModalCompute(client=modal_client, times=TIMES)


@pytest.fixture
def modal_adapter(modal_client: modal.Client, other_client: modal.Client) -> Adapter:
    clients = itertools.cycle([modal_client, other_client])
    return Adapter(fresh=lambda: ModalCompute(client=next(clients), times=TIMES))


@pytest.fixture
def local_adapter(tmp_path: Path) -> Iterator[Adapter]:
    yield Adapter(fresh=lambda: local_compute(tmp_path))
    kill_calls(tmp_path / "calls")


@pytest.fixture(params=["local_adapter", "modal_adapter"])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    adapter: Adapter = request.getfixturevalue(request.param)
    return adapter
