"""The table of the compute functions: how each one is deployed, and what it computes with.

It feeds the Modal decorators, the deployment test and the cost estimate.
"""

from enum import StrEnum

import msgspec

MODAL_APP = "captionacc"

SMOKE = "smoke"
"""The function that shows whether a deployment works; no call of the worker uses it."""


class FunctionName(StrEnum):
    EXTRACT_FRAMES_AND_OCR = "extract_frames_and_ocr"
    CROP_AND_INFER = "crop_and_infer_caption_frame_extents"
    GENERATE_CAPTION_OCR = "generate_caption_ocr"
    GENERATE_CAPTIONS_OCR = "generate_captions_ocr"


class Part(StrEnum):
    """A part of the functions that has a version and decides what they compute."""

    EXTENTS = "extents"
    LAYOUT = "layout"
    OCR = "ocr"


class FunctionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How a function is deployed, and the parts that it computes with."""

    secrets: tuple[str, ...]
    name: FunctionName
    parts: tuple[Part, ...]
    gpu: str
    """The default, which a deployment may change."""
    timeout_s: int
    """The longest that a call may run."""
    retries: int
    """How often Modal starts a failed call again."""
    cpu_cores: float
    memory_mib: int


def _ocr(
    name: FunctionName,
    *parts: Part,
    timeout_s: int,
    retries: int,
    memory_mib: int = 4096,
) -> FunctionSpec:
    return FunctionSpec(
        name=name,
        parts=parts,
        gpu="T4",
        timeout_s=timeout_s,
        retries=retries,
        secrets=("wasabi", "google-vision"),
        cpu_cores=2,
        memory_mib=memory_mib,
    )


FUNCTIONS: dict[FunctionName, FunctionSpec] = {
    spec.name: spec
    for spec in (
        _ocr(
            FunctionName.EXTRACT_FRAMES_AND_OCR,
            Part.LAYOUT,
            Part.OCR,
            timeout_s=1800,
            retries=0,
        ),
        FunctionSpec(
            name=FunctionName.CROP_AND_INFER,
            parts=(Part.EXTENTS,),
            gpu="A10G",
            timeout_s=3600,
            retries=0,
            secrets=("wasabi",),
            cpu_cores=4,
            memory_mib=4096,
        ),
        _ocr(
            FunctionName.GENERATE_CAPTION_OCR,
            Part.OCR,
            timeout_s=300,
            retries=1,
            memory_mib=2048,
        ),
        _ocr(FunctionName.GENERATE_CAPTIONS_OCR, Part.OCR, timeout_s=1800, retries=1),
    )
}
