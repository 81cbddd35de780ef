"""What is deployed is what the table in the contracts says."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import modal
import pytest
from captionacc_contracts.work.compute import FUNCTIONS, MODAL_APP, FunctionName
from captionacc_modal import app as app_module
from captionacc_modal.deployment import gpu_of, options
from captionacc_modal.settings import DeploymentSettings
from modal.file_pattern_matcher import FilePatternMatcher

MEMBER = Path(__file__).parents[2]
EXTENTS = MEMBER.with_name("extents")
REPOSITORY = MEMBER.parent


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The keyword arguments that each decorator was given, by function name."""
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


def test_decorators_are_given_the_table(declared: dict[str, dict[str, Any]]) -> None:
    assert set(declared) == {name.value for name in FunctionName}
    for name, spec in FUNCTIONS.items():
        arguments = declared[name]
        assert arguments["gpu"] == spec.gpu
        assert arguments["timeout"] == spec.timeout_s
        assert arguments["retries"] == (spec.retries or None)
        assert arguments["cpu"] == spec.cpu_cores
        assert arguments["memory"] == spec.memory_mib
        assert [secret.name for secret in arguments["secrets"]] == list(spec.secrets)
        assert arguments["startup_timeout"] == 300


def test_the_seed_gave_these_numbers() -> None:
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


def test_only_the_model_on_a_gpu_gets_torch(declared: dict[str, dict[str, Any]]) -> None:
    crop = FunctionName.CROP_AND_INFER
    for name in FunctionName:
        expected = "torch" if name is crop else "onnx"
        assert declared[name]["env"]["EXTENTS_RUNTIME"] == expected
    without = options(FUNCTIONS[crop], DeploymentSettings(modal_gpu_crop_and_infer="none"))
    assert without["env"]["EXTENTS_RUNTIME"] == "onnx"
    assert "torch==" in (MEMBER / "requirements-gpu.txt").read_text()
    assert "torch==" not in (MEMBER / "requirements.txt").read_text()


def test_the_image_holds_every_package_that_the_work_imports() -> None:
    script = (
        "import sys; import captionacc_modal.in_container,"
        "captionacc_media.cropping.cropped_frames,"
        "captionacc_extents.inference, captionacc_media.ocr.rapid,"
        "captionacc_media.ocr.google_vision, captionacc_modal.calls.extract_frames_and_ocr,"
        "captionacc_modal.calls.generate_caption_ocr,"
        "captionacc_modal.calls.crop_and_infer_caption_frame_extents;"
        "print(*sorted({m.split('.')[0] for m in sys.modules if m.startswith('captionacc_')}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert set(printed.stdout.split()) <= set(app_module.SOURCES)


def test_the_image_holds_the_weights_and_no_byte_code() -> None:
    left_out = FilePatternMatcher(*app_module.LEFT_OUT)
    weights = [
        path.relative_to(EXTENTS / "src")
        for path in (EXTENTS / "src/captionacc_extents/network/weights").iterdir()
        if path.is_file()
    ]
    assert weights
    assert not any(left_out(path) for path in weights)
    assert left_out(Path("captionacc_media/frames/__pycache__/jpeg.cpython-311.pyc"))


def test_a_local_call_imports_no_modal_and_no_torch() -> None:
    script = (
        "import sys; import captionacc_modal.local_call,"
        "captionacc_modal.calls.extract_frames_and_ocr,"
        "captionacc_modal.calls.generate_caption_ocr,"
        "captionacc_modal.calls.crop_and_infer_caption_frame_extents;"
        "print(*(name for name in ('modal', 'torch', 'prefect', 'google.cloud.vision_v1')"
        " if name in sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert printed.stdout.split() == []
