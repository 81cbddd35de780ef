from importlib.metadata import version

import pytest
from captionacc_contracts.work.versions import (
    EXTENTS_MODEL_VERSION,
    OCR_ENGINE_VERSIONS,
    OcrEngineName,
)
from captionacc_extents.network.weights import model_version
from captionacc_modal.hardware import named_in


@pytest.mark.parametrize(
    ("said", "names", "expected"),
    [
        ("NVIDIA L4\n", ["A10G", "L4"], "L4"),
        ("NVIDIA A10G\n", ["A10G", "L4"], "A10G"),
        ("NVIDIA A100-SXM4-80GB\n", ["A100-40GB", "A100-80GB"], "A100-80GB"),
        ("Tesla T4\n", ["L4", "T4"], "T4"),
        ("NVIDIA L40S\n", ["L4", "T4"], None),
        ("", ["L4", "T4"], None),
    ],
)
def test_the_driver_names_the_gpu(said: str, names: list[str], expected: str | None) -> None:
    assert named_in(said, names) == expected


def test_the_versions_in_call_keys_are_those_of_the_shipped_code() -> None:
    assert model_version() == EXTENTS_MODEL_VERSION, (
        "The extents model changed: set EXTENTS_MODEL_VERSION in captionacc_contracts.work.versions"
    )
    installed = ".".join(version("rapidocr").split(".")[:2])
    assert OCR_ENGINE_VERSIONS[OcrEngineName.RAPIDOCR].partition("+")[0] == installed, (
        "Another RapidOCR is installed: set its version in captionacc_contracts.work.versions"
    )
