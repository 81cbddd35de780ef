"""A process that has only a call's id and Modal's settings can wait for the call."""

import asyncio
import os
import sys
from uuid import uuid4

from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import ComputeCall, ExtractRequest
from captionacc_flow_worker.compute.modal_compute import ModalCompute
from captionacc_testkit.modal_cloud import client
from captionacc_testkit.modal_cloud.cloud import ModalCloud

WAIT = """
import asyncio, sys
from captionacc_contracts.work.compute import ComputeCall
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.errors import CaptionAccError
from captionacc_flow_worker.compute.modal_compute import ModalCompute

async def wait():
    compute = ModalCompute()
    name = FunctionName.EXTRACT_FRAMES_AND_OCR
    call = ComputeCall(call_id=sys.argv[1], function=name, digest="0" * 64)
    try:
        print("got", (await compute.result(call, 30)).frame_count)
    except CaptionAccError as error:
        print(type(error).__name__, error)

asyncio.run(wait())
"""


async def waited(call: ComputeCall, settings: dict[str, str]) -> str:
    """What a separate process reports about the call."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WAIT,
        call.call_id,
        env={"PATH": os.environ["PATH"], **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return said.decode().strip()


async def test_a_process_that_has_only_the_id(cloud: ModalCloud, compute: ModalCompute) -> None:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    call = await compute.submit(
        ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language="sleep=1")
    )
    settings = client.environment(cloud.url, cloud.token)
    without_token = {name: value for name, value in settings.items() if "TOKEN" not in name}

    attached, refused = await asyncio.gather(waited(call, settings), waited(call, without_token))

    assert attached == "got 30"
    assert cloud.calls[call.call_id].runs == 1
    assert refused.startswith("PermanentError compute_unreachable")
    assert "set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET" in refused
