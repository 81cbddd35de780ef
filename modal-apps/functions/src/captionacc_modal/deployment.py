"""The options that each function is deployed with, from the table ``FUNCTIONS``. Pure."""

from typing import Any

from captionacc_contracts.work.cost import GPU_PER_SECOND
from captionacc_contracts.work.functions import SMOKE, FunctionSpec, Part

from captionacc_modal.settings import DeploymentSettings

STARTUP_TIMEOUT_S = 300
"""A cold container first loads an image of several gigabytes."""

SCALEDOWN_WINDOW_S = 30
"""Long enough to keep a container for the next job of a queue; idle seconds cost money."""

MOST_CONTAINERS = 10
"""Bounds what a burst of jobs can cost."""

SMOKE_TIMEOUT_S = 60
"""Loading the model and one request to the store take a few seconds."""

NO_GPU = "none"


def gpu_of(choice: str) -> str | list[str] | None:
    """A choice of GPU in the form that Modal expects: one kind, several by preference, or None.

    Args:
        choice: For example ``A10G``, ``A10G:2``, ``A10G,L4`` or ``none``.

    Raises:
        ValueError: A kind is not in the price list. Modal itself would refuse it only later, when
            it deploys.
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
    """The arguments of Modal's decorator, except the image and the secrets."""
    chosen = settings.gpu(spec.name) or spec.gpu
    gpu = gpu_of(chosen)
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
            "COMPUTE_GPUS": chosen,
            "COMPUTE_MEMORY_MIB": str(spec.memory_mib),
            "OCR_ENGINE": settings.modal_ocr_engine,
            "EXTENTS_RUNTIME": "torch" if runs_model_on_gpu(spec, gpu) else "onnx",
        },
    }


def smoke_options(settings: DeploymentSettings) -> dict[str, Any]:
    """The arguments of the decorator of the smoke test, which loads the model and needs no GPU."""
    return {
        "name": SMOKE,
        "timeout": SMOKE_TIMEOUT_S,
        "cpu": 1.0,
        "memory": 2048,
        "startup_timeout": STARTUP_TIMEOUT_S,
        "max_containers": 1,
        "env": {"OCR_ENGINE": settings.modal_ocr_engine, "EXTENTS_RUNTIME": "onnx"},
    }


def runs_model_on_gpu(spec: FunctionSpec, gpu: str | list[str] | None) -> bool:
    """Whether a function needs the image with torch: it runs the extents model, on a GPU."""
    return Part.EXTENTS in spec.parts and gpu is not None
