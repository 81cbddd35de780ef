"""What each function is deployed with, from the table in the contracts. Pure."""

from typing import Any

from captionacc_contracts.work.compute import (
    FunctionName,
    FunctionSpec,
)
from captionacc_contracts.work.cost import GPU_PER_SECOND

from captionacc_modal.settings import DeploymentSettings

STARTUP_TIMEOUT_S = 300
SCALEDOWN_WINDOW_S = 30
MOST_CONTAINERS = 10
NO_GPU = "none"


def gpu_of(choice: str) -> str | list[str] | None:
    """A GPU choice as Modal takes it: one kind, several in order of preference, or none.

    ``choice`` is ``A10G``, ``A10G:2``, ``A10G,L4`` or ``none``.

    Raises:
        ValueError: for a kind that is not known; Modal would only refuse it when deployed.
    """
    if choice.strip().casefold() == NO_GPU:
        return None
    kinds = [kind.strip() for kind in choice.split(",")]
    for kind in kinds:
        name, _, count = kind.partition(":")
        if name not in GPU_PER_SECOND or (count and not count.isdecimal()):
            known = ", ".join(GPU_PER_SECOND)
            message = f"{kind!r} is not a known GPU; use {NO_GPU} or one of {known}."
            raise ValueError(message)
    return kinds[0] if len(kinds) == 1 else kinds


def options(spec: FunctionSpec, settings: DeploymentSettings) -> dict[str, Any]:
    """Arguments of Modal's decorator, but for the image and the secrets."""
    chosen = {
        FunctionName.EXTRACT_FRAMES_AND_OCR: settings.modal_gpu_extract_frames_and_ocr,
        FunctionName.CROP_AND_INFER: settings.modal_gpu_crop_and_infer,
        FunctionName.GENERATE_CAPTION_OCR: settings.modal_gpu_generate_caption_ocr,
        FunctionName.GENERATE_CAPTIONS_OCR: settings.modal_gpu_generate_caption_ocr,
    }[spec.name]
    gpu = gpu_of(chosen or spec.gpu)
    return {
        "name": spec.name.value,
        "gpu": gpu,
        "timeout": spec.timeout_s,
        "retries": spec.retries or None,
        "cpu": spec.cpu_cores,
        "memory": spec.memory_mib,
        "startup_timeout": STARTUP_TIMEOUT_S,
        "scaledown_window": SCALEDOWN_WINDOW_S,
        "max_containers": MOST_CONTAINERS,
        "env": {
            "COMPUTE_THREADS": str(int(spec.cpu_cores)),
            "COMPUTE_GPUS": chosen or spec.gpu,
            "COMPUTE_MEMORY_MIB": str(spec.memory_mib),
            "OCR_ENGINE": settings.modal_ocr_engine,
            "EXTENTS_RUNTIME": "torch" if runs_model_on_gpu(spec.name, gpu) else "onnx",
        },
    }


def runs_model_on_gpu(name: FunctionName, gpu: str | list[str] | None) -> bool:
    """Whether a function needs the image that holds torch: the model's, when it has a GPU."""
    return name is FunctionName.CROP_AND_INFER and gpu is not None
