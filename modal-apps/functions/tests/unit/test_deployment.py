"""The functions are deployed as the table in the contracts says."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import modal
import pytest
from captionacc_contracts.work.functions import FUNCTIONS, MODAL_APP, SMOKE, FunctionName
from captionacc_modal import app as app_module
from captionacc_modal.deployment import gpu_of, options
from captionacc_modal.settings import DeploymentSettings
from modal.file_pattern_matcher import FilePatternMatcher

MEMBER = Path(__file__).parents[2]
EXTENTS = MEMBER.with_name("extents")
REPOSITORY = MEMBER.parent


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The keyword arguments of each decorator, by function name."""
    seen: dict[str, dict[str, Any]] = {}

    def recording(self: modal.App, **arguments: Any) -> Any:
        def decorate(function: Any) -> Any:
            assert function.__qualname__ == arguments["name"], "a container looks it up by this"
            seen[function.__qualname__] = arguments
            return function

        return decorate

    for variable in DeploymentSettings.__struct_fields__:
        monkeypatch.delenv(variable.upper(), raising=False)
    with monkeypatch.context() as patch:
        patch.setattr(modal.App, "function", recording)
        importlib.reload(app_module)
    importlib.reload(app_module)
    return seen


def test_decorators_get_the_values_of_the_table(declared: dict[str, dict[str, Any]]) -> None:
    assert set(declared) == {SMOKE, *(name.value for name in FunctionName)}
    for name, spec in FUNCTIONS.items():
        arguments = declared[name]
        assert arguments["gpu"] == spec.gpu
        assert arguments["timeout"] == spec.timeout_s
        assert arguments["retries"] == (spec.retries or None)
        assert arguments["cpu"] == spec.cpu_cores
        assert arguments["memory"] == spec.memory_mib
        assert [secret.name for secret in arguments["secrets"]] == list(spec.secrets)
        assert arguments["startup_timeout"] == 300


def test_the_table_has_the_numbers_that_were_asked_for() -> None:
    seed = {
        "extract_frames_and_ocr": ("T4", 1800, 0, ("wasabi", "google-vision")),
        "crop_and_infer_caption_frame_extents": ("A10G", 3600, 0, ("wasabi",)),
        "generate_caption_ocr": ("T4", 300, 1, ("wasabi", "google-vision")),
    }
    for name, expected in seed.items():
        spec = FUNCTIONS[FunctionName(name)]
        assert (spec.gpu, spec.timeout_s, spec.retries, spec.secrets) == expected


def test_the_app_deploys_every_function_under_its_name() -> None:
    assert app_module.app.name == MODAL_APP
    for name in FunctionName:
        assert isinstance(getattr(app_module, name.value), modal.Function)


def test_a_deployment_may_choose_the_gpu() -> None:
    settings = DeploymentSettings(modal_gpu_crop_and_infer="A10G,L4")
    assert options(FUNCTIONS[FunctionName.CROP_AND_INFER], settings)["gpu"] == ["A10G", "L4"]
    assert gpu_of("none") is None
    assert gpu_of("A10G:2") == "A10G:2"
    with pytest.raises(ValueError, match="'T5' is not a known GPU"):
        gpu_of("T5")


def test_only_the_model_on_a_gpu_has_torch(declared: dict[str, dict[str, Any]]) -> None:
    crop = FunctionName.CROP_AND_INFER
    for name in FunctionName:
        expected = "torch" if name is crop else "onnx"
        assert declared[name]["env"]["EXTENTS_RUNTIME"] == expected
    without = options(FUNCTIONS[crop], DeploymentSettings(modal_gpu_crop_and_infer="none"))
    assert without["env"]["EXTENTS_RUNTIME"] == "onnx"
    assert "torch==" in (MEMBER / "requirements-gpu.txt").read_text()
    assert "torch==" not in (MEMBER / "requirements.txt").read_text()


def loaded_after(*modules: str) -> set[str]:
    """The names of all modules that a new process has loaded after it imported these."""
    script = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(printed.stdout.split())


CALLS = (
    "captionacc_modal.calls.extract_frames_and_ocr",
    "captionacc_modal.calls.generate_caption_ocr",
    "captionacc_modal.calls.crop_and_infer_caption_frame_extents",
)


def test_the_image_holds_every_package_that_the_work_imports() -> None:
    loaded = loaded_after(
        *CALLS,
        "captionacc_modal.in_container",
        "captionacc_media.ocr.rapid",
        "captionacc_media.ocr.google_vision",
    )
    ours = {name.partition(".")[0] for name in loaded if name.startswith("captionacc_")}
    assert ours
    assert ours <= set(app_module.SOURCES)


def test_the_image_holds_the_weights_but_not_byte_code() -> None:
    left_out = FilePatternMatcher(*app_module.LEFT_OUT)
    weights = [
        path.relative_to(EXTENTS / "src")
        for path in (EXTENTS / "src/captionacc_extents/network/weights").iterdir()
        if path.is_file()
    ]
    assert weights
    assert not any(left_out(path) for path in weights)
    assert left_out(Path("captionacc_media/frames/__pycache__/jpeg.cpython-311.pyc"))


def test_a_local_call_imports_neither_modal_nor_torch() -> None:
    loaded = loaded_after(*CALLS, "captionacc_modal.local_call")
    assert "captionacc_modal.dispatch" in loaded
    assert loaded.isdisjoint({"modal", "torch", "prefect", "google.cloud.vision_v1"})
