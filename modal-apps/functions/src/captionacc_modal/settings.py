"""Settings of the compute functions and of their deployment."""

import os
from typing import Annotated, Literal

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_observability.logging import LogLevel
from captionacc_observability.settings import SettingsError, load
from captionacc_wasabi.settings import StoreSettings


class ComputeSettings(StoreSettings, frozen=True, kw_only=True):
    """Settings of a process that performs compute calls."""

    ocr_engine: Annotated[
        OcrEngineName,
        msgspec.Meta(
            description="Which OCR engine reads: the one in the image, or Google's.",
            examples=["rapidocr"],
        ),
    ] = OcrEngineName.RAPIDOCR
    extents_runtime: Annotated[
        Literal["onnx", "torch"],
        msgspec.Meta(
            description="What runs the extents model: ONNX Runtime on a CPU, or torch, on the "
            "GPU where there is one.",
            examples=["onnx"],
        ),
    ] = "onnx"
    compute_threads: Annotated[
        int,
        msgspec.Meta(ge=1, description="Processor threads a call may use.", examples=[2]),
    ] = 1
    compute_gpus: Annotated[
        str,
        msgspec.Meta(
            description="GPUs that the call may run on, as deployed, for the cost estimate.",
            examples=["none"],
        ),
    ] = "none"
    compute_memory_mib: Annotated[
        int | None,
        msgspec.Meta(
            ge=1,
            description="Memory that is reserved for the call, for the cost estimate; default the "
            "memory that it used.",
        ),
    ] = None
    google_application_credentials_json: Annotated[
        str | None,
        msgspec.Meta(
            description="Service account key for Google Vision, as JSON text.",
            examples=['{"type": "service_account", "project_id": "captions"}'],
        ),
    ] = None
    log_level: LogLevel = "INFO"


class DeploymentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What ``modal deploy`` may change; a GPU is a kind, several by comma, or ``none``."""

    modal_gpu_extract_frames_and_ocr: Annotated[
        str | None, msgspec.Meta(description="GPU of the extraction.", examples=["none"])
    ] = None
    modal_gpu_crop_and_infer: Annotated[
        str | None, msgspec.Meta(description="GPU of crop and infer.", examples=["A10G,L4"])
    ] = None
    modal_gpu_generate_caption_ocr: Annotated[
        str | None, msgspec.Meta(description="GPU of caption OCR.", examples=["none"])
    ] = None
    modal_ocr_engine: Annotated[
        OcrEngineName, msgspec.Meta(description="OCR engine of the functions on Modal.")
    ] = OcrEngineName.GOOGLE_VISION


def deployment_settings() -> DeploymentSettings:
    """Read where ``modal deploy`` runs.

    Raises:
        SettingsError: naming what is malformed.
    """
    return load(DeploymentSettings, os.environ)


def compute_settings() -> ComputeSettings:
    """Read in a container, from its secrets.

    Raises:
        PermanentError: ``internal`` naming what is missing, for an exit would say nothing there.
    """
    try:
        return load(ComputeSettings, os.environ)
    except SettingsError as error:
        raise PermanentError(
            ErrorCode.INTERNAL, f"The compute function is not set up: {error}"
        ) from error
