"""``captionacc doctor --cloud``: Modal's real client against the stand-in for Modal."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from captionacc_contracts.work.functions import FUNCTIONS, MODAL_APP, SMOKE, FunctionName
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_modal import app, in_container, wiring
from captionacc_modal.deployed import Finding, examine
from captionacc_modal.settings import ComputeSettings, DeploymentSettings
from captionacc_stack.backing import store_environment
from captionacc_testkit.modal_cloud import client
from captionacc_testkit.modal_cloud.calls import Hardware
from captionacc_testkit.modal_cloud.cloud import ModalCloud
from captionacc_testkit.modal_cloud.server import modal_cloud
from captionacc_wasabi.settings import StoreSettings

SETTINGS = DeploymentSettings(modal_ocr_engine=OcrEngineName.RAPIDOCR)
CROP = FunctionName.CROP_AND_INFER


async def not_called(**_: Any) -> None:
    raise AssertionError("doctor calls the smoke test alone")


async def smoke() -> dict[str, str]:
    return await app.smoke.local()


def deploy(cloud: ModalCloud, name: FunctionName, *gpus: str, timeout_s: float = 0) -> None:
    spec = FUNCTIONS[name]
    cloud.deploy(
        MODAL_APP,
        name.value,
        not_called,
        timeout_s=timeout_s or spec.timeout_s,
        retries=spec.retries,
        hardware=Hardware(
            gpus=gpus or (spec.gpu,), cpu_cores=spec.cpu_cores, memory_mib=spec.memory_mib
        ),
    )


@pytest.fixture
async def cloud(
    object_store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ModalCloud]:
    """Modal with every function of this version, and the environment of its containers."""
    for name, value in store_environment(object_store_settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OCR_ENGINE", "rapidocr")
    in_container._set_up.cache_clear()
    async with modal_cloud() as running:
        for function in FunctionName:
            deploy(running, function)
        running.deploy(MODAL_APP, SMOKE, smoke)
        yield running
    in_container._set_up.cache_clear()


async def examined(
    cloud: ModalCloud, settings: DeploymentSettings = SETTINGS
) -> dict[str, Finding]:
    async with client.connected(cloud.url, cloud.token) as connected:
        return {found.name: found for found in await examine(settings, client=connected)}


async def test_a_deployment_of_this_version_is_good(cloud: ModalCloud) -> None:
    found = await examined(cloud)
    assert set(found) == {*FunctionName, SMOKE, "versions"}
    assert all(finding.good for finding in found.values()), found
    assert found[CROP].detail == (
        "GPU A10G, time-out 3600 s, retries 0, cores 4.0, memory 4096 MiB"
    )
    assert [call.function.name for call in cloud.calls.values()] == [SMOKE]


async def test_what_differs_is_named_with_both_values(cloud: ModalCloud) -> None:
    deploy(cloud, CROP, "L4", timeout_s=60)
    found = await examined(cloud)
    assert not found[CROP].good
    assert found[CROP].detail == (
        "GPU L4, here A10G; time-out 60 s, here 3600 s: run `make modal-deploy`, "
        "with the settings MODAL_* of the deployment"
    )
    assert [name for name, finding in found.items() if not finding.good] == [CROP]


async def test_the_settings_of_the_deployment_count(cloud: ModalCloud) -> None:
    deploy(cloud, CROP, "A10G", "L4")
    chosen = DeploymentSettings(
        modal_gpu_crop_and_infer="A10G,L4", modal_ocr_engine=OcrEngineName.RAPIDOCR
    )
    assert (await examined(cloud, chosen))[CROP].good
    assert not (await examined(cloud))[CROP].good


async def test_a_deployment_of_another_version_or_engine_is_named(cloud: ModalCloud) -> None:
    async def older() -> dict[str, str]:
        return {**await smoke(), CROP.value: "extents 0123"}

    cloud.deploy(MODAL_APP, SMOKE, older)
    found = await examined(cloud)
    assert found[SMOKE].good
    assert "crop_and_infer_caption_frame_extents extents 0123, here" in found["versions"].detail
    assert not (await examined(cloud, DeploymentSettings()))["versions"].good


async def test_a_secret_that_lacks_a_key_is_named(
    cloud: ModalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WASABI_BUCKET")
    found = await examined(cloud)
    assert "WASABI_BUCKET is not set" in found[SMOKE].detail


async def test_nothing_deployed_and_a_refused_token_say_what_to_do() -> None:
    async with modal_cloud() as empty:
        found = await examined(empty)
        assert not any(finding.good for finding in found.values())
        assert "not deployed in this environment" in found[SMOKE].detail


async def test_the_command_prints_a_line_per_check(cloud: ModalCloud, tmp_path: Path) -> None:
    deploy(cloud, CROP, "L4")
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "captionacc",
        "doctor",
        "--cloud",
        env={
            **os.environ,
            **client.environment(cloud.url, cloud.token),
            "MODAL_OCR_ENGINE": "rapidocr",
            "HOME": str(tmp_path),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode == 1
    lines = out.decode().splitlines()
    assert [line[:4] for line in lines] == ["ok  ", "BAD ", "ok  ", "ok  ", "ok  ", "ok  "]
    assert "GPU L4, here A10G" in lines[1]


async def test_a_container_loads_the_model_once(
    cloud: ModalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    load = wiring._extents_network

    def counting(settings: ComputeSettings) -> ExtentsNetwork:
        loaded.append(settings.extents_runtime)
        return load(settings)

    monkeypatch.setattr(wiring, "_extents_network", counting)
    for _ in range(3):
        await examined(cloud)
    assert loaded == ["onnx"]
