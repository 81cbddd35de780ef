"""What a process knows of a call when all that it was given are a call id and Modal's settings."""

import asyncio
import os
import sys
from uuid import uuid4

import pytest
from captionacc_contracts.compute import ExtractRequest
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_flow_worker.adapters.modal_compute import ModalCompute
from captionacc_testkit.modal_cloud import client
from captionacc_testkit.modal_cloud.cloud import ModalCloud

WAIT = """
import asyncio, sys
from captionacc_contracts.compute import ComputeCall, FunctionName
from captionacc_contracts.errors import CaptionAccError
from captionacc_flow_worker.adapters.modal_compute import ModalCompute

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


@pytest.mark.parametrize("with_token", [True, False])
async def test_process_that_starts_with_the_id_alone(
    cloud: ModalCloud, compute: ModalCompute, with_token: bool
) -> None:
    tenant, video = TenantId(uuid4()), VideoId(uuid4())
    call = await compute.submit(
        ExtractRequest(video_key="v", tenant_id=tenant, video_id=video, language="sleep=1")
    )
    settings = client.environment(cloud.url, cloud.token)
    if not with_token:
        del settings["MODAL_TOKEN_ID"], settings["MODAL_TOKEN_SECRET"]

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WAIT,
        call.call_id,
        env={"PATH": os.environ["PATH"], **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        said, errors = await process.communicate()

    assert process.returncode == 0, errors.decode()
    if with_token:
        assert said.decode().strip() == "got 30"
        assert cloud.calls[call.call_id].runs == 1
    else:
        assert said.decode().startswith("PermanentError compute_unreachable")
        assert "MODAL_TOKEN_ID" in said.decode()
        assert not cloud.received("FunctionGetOutputs")
