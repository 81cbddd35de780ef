"""Settings of the compute functions and of their deployment."""

import os
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_media.ocr.languages.recognisers import default_folder
from captionacc_observability.logging import LogLevel
from captionacc_observability.settings import SettingsError, load
from captionacc_wasabi.settings import StoreSettings


class ComputeSettings(StoreSettings, frozen=True, kw_only=True):
    """Settings of a process that performs compute calls."""

    ocr_engine: Annotated[
        OcrEngineName,
        msgspec.Meta(
            description="OCR engine that reads text: RapidOCR in the process itself, or Google "
            "Vision.",
            examples=["rapidocr"],
        ),
    ] = OcrEngineName.RAPIDOCR
    compute_recognisers: Annotated[
        str | None,
        msgspec.Meta(
            description="Folder of the recognisers that `captionacc languages install` fetched; "
            "default ~/.cache/captionacc/recognisers.",
            examples=["/var/lib/captionacc/recognisers"],
        ),
    ] = None
    extents_runtime: Annotated[
        Literal["onnx", "torch"],
        msgspec.Meta(
            description="Runtime of the extents model: ONNX Runtime on the CPU, or torch, on the "
            "GPU if there is one.",
            examples=["onnx"],
        ),
    ] = "onnx"
    compute_threads: Annotated[
        int,
        msgspec.Meta(ge=1, description="Processor threads that a call may use.", examples=[2]),
    ] = 1
    compute_gpus: Annotated[
        str,
        msgspec.Meta(
            description="GPUs that the function was deployed with, for the cost estimate.",
            examples=["none"],
        ),
    ] = "none"
    compute_memory_mib: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None,
        msgspec.Meta(
            description="Memory that is reserved for a call, for the cost estimate. Without it the "
            "estimate uses the peak memory of the process.",
        ),
    ] = None
    compute_memory_limit_mib: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None,
        msgspec.Meta(
            description="Memory that the process of a local call may use; without it, there is no "
            "limit. The worker gives its calls a share of the machine's memory.",
            examples=["2000"],
        ),
    ] = None
    google_application_credentials_json: Annotated[
        str | None,
        msgspec.Meta(
            description="Key of the Google Cloud service account for Google Vision, as JSON text.",
            examples=['{"type": "service_account", "project_id": "captions"}'],
        ),
    ] = None
    log_level: LogLevel = "INFO"

    @property
    def recognisers(self) -> Path:
        """The folder of the recognisers, whether or not it is there."""
        named = self.compute_recognisers
        return Path(named).expanduser() if named else default_folder()


class DeploymentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that ``modal deploy`` reads.

    A GPU is one kind, several kinds with commas between them, or ``none``.
    """

    modal_gpu_extract_frames_and_ocr: Annotated[
        str | None, msgspec.Meta(description="GPU of frame extraction.", examples=["none"])
    ] = None
    modal_gpu_crop_and_infer: Annotated[
        str | None, msgspec.Meta(description="GPU of crop and infer.", examples=["A10G,L4"])
    ] = None
    modal_gpu_generate_caption_ocr: Annotated[
        str | None, msgspec.Meta(description="GPU of both caption readers.", examples=["none"])
    ] = None
    modal_ocr_engine: Annotated[
        OcrEngineName, msgspec.Meta(description="OCR engine of the functions on Modal.")
    ] = OcrEngineName.GOOGLE_VISION

    def gpu(self, name: FunctionName) -> str | None:
        """The GPU that is set for a function; None means the GPU of the table ``FUNCTIONS``."""
        match name:
            case FunctionName.EXTRACT_FRAMES_AND_OCR:
                return self.modal_gpu_extract_frames_and_ocr
            case FunctionName.CROP_AND_INFER:
                return self.modal_gpu_crop_and_infer
            case FunctionName.GENERATE_CAPTION_OCR | FunctionName.GENERATE_CAPTIONS_OCR:
                return self.modal_gpu_generate_caption_ocr


def deployment_settings() -> DeploymentSettings:
    """Read the settings on the machine that runs ``modal deploy``.

    Raises:
        SettingsError: A setting is malformed; the error names it.
    """
    return load(DeploymentSettings, os.environ)


def compute_settings() -> ComputeSettings:
    """Read the settings in a container, which has them from its secrets.

    Raises:
        PermanentError: ``internal``: a setting is missing or malformed; the error names it. An
            exit of the process would not tell the caller which one.
    """
    try:
        return load(ComputeSettings, os.environ)
    except SettingsError as error:
        raise PermanentError(
            ErrorCode.INTERNAL, f"The compute function is not set up: {error}"
        ) from error
