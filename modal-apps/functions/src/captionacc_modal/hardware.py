"""The hardware that this process runs on, for the cost estimate of its calls."""

import subprocess

from captionacc_contracts.work.compute import Hardware

from captionacc_modal.deployment import gpu_of
from captionacc_modal.settings import ComputeSettings

_QUERY = ("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
_LIMIT_S = 10.0
"""A broken driver may never answer."""


def found_hardware(settings: ComputeSettings) -> Hardware:
    """The hardware that the settings of the deployment describe.

    When the deployment allows several kinds of GPU, the driver says which one this process has.
    """
    chosen = gpu_of(settings.compute_gpus)
    kinds = [chosen] if isinstance(chosen, str) else chosen or []
    names = [kind.partition(":")[0] for kind in kinds]
    gpu = names[0] if names else None
    if len(names) > 1:
        gpu = named_in(_driver_says(), names) or gpu
    return Hardware(
        gpu=gpu, cpu_cores=settings.compute_threads, memory_mib=settings.compute_memory_mib
    )


def named_in(text: str, names: list[str]) -> str | None:
    """The GPU that the driver's ``text`` describes; None when it is none of ``names``.

    The driver calls an A10G ``NVIDIA A10G`` and an A100 ``NVIDIA A100-SXM4-40GB``.
    """
    words = text.replace("-", " ").split()
    for name in names:
        kind, _, size = name.partition("-")
        if kind in words and (not size or size in words):
            return name
    return None


def _driver_says() -> str:
    try:
        done = subprocess.run(_QUERY, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
