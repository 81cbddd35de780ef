"""The Modal app ``captionacc``: ``modal deploy -m captionacc_modal.app``.

Functions do no more than name their arguments; all work is in modules that know no Modal.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import modal
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.frames.frame_index import (
    CROPPED_FRAME_RATE,
    FULL_FRAME_RATE,
)
from captionacc_contracts.frames.geometry import CropRegion, FrameRange
from captionacc_contracts.ids import TenantId, VideoId
from captionacc_contracts.work.compute import (
    FUNCTIONS,
    MODAL_APP,
    CaptionOcrRequest,
    CaptionOcrResult,
    CaptionsOcrRequest,
    CaptionsOcrResult,
    ComputeRequest,
    ComputeResult,
    CropInferRequest,
    CropInferResult,
    ExtractRequest,
    ExtractResult,
    FunctionName,
    Yielded,
)

from captionacc_modal.deployment import options, runs_model_on_gpu
from captionacc_modal.settings import deployment_settings

PYTHON_VERSION = "3.11"
UV_VERSION = "0.13.9"
SOURCES = (
    "captionacc_calls",
    "captionacc_contracts",
    "captionacc_observability",
    "captionacc_wasabi",
    "captionacc_extents",
    "captionacc_media",
    "captionacc_modal",
)
LEFT_OUT = ["**/__pycache__/**", "**/*.pyc"]
"""The weights are no Python files, so Modal's own filter would leave them out."""
REQUIRED_KEYS = {
    "wasabi": [
        "WASABI_ENDPOINT_URL",
        "WASABI_ACCESS_KEY",
        "WASABI_SECRET_KEY",
        "WASABI_BUCKET",
    ],
    "google-vision": ["GOOGLE_APPLICATION_CREDENTIALS_JSON"],
}

R = TypeVar("R", bound=ComputeResult)


def _image(requirements: str) -> modal.Image:
    image = modal.Image.debian_slim(python_version=PYTHON_VERSION)
    if modal.is_local():
        # In the container this file lies elsewhere, and nothing is built there.
        exported = Path(__file__).parents[2] / requirements
        image = image.uv_pip_install(requirements=[str(exported)], uv_version=UV_VERSION)
    return image.add_local_python_source(*SOURCES, ignore=LEFT_OUT)


app = modal.App(MODAL_APP, tags={"service": MODAL_APP})
image = _image("requirements.txt")
gpu_image = _image("requirements-gpu.txt")
"""Holds torch too, several gigabytes that only the model on a GPU needs."""


def _function(
    name: FunctionName,
) -> Callable[[Callable[..., Awaitable[Any]]], modal.Function[Any, Any, Any]]:
    spec = FUNCTIONS[name]
    secrets = [
        modal.Secret.from_name(secret, required_keys=REQUIRED_KEYS[secret])
        for secret in spec.secrets
    ]
    chosen = options(spec, deployment_settings())
    used = gpu_image if runs_model_on_gpu(name, chosen["gpu"]) else image
    return app.function(image=used, secrets=secrets, **chosen)


async def _perform(request: ComputeRequest, kind: type[R]) -> R | Yielded:
    # Imported only in the container: the machine that deploys does not need it.
    from captionacc_modal.in_container import perform

    result = await perform(request, modal.current_function_call_id())
    if not isinstance(result, (kind, Yielded)):
        message = f"The stored result is a {type(result).__name__}, not a {kind.__name__}."
        raise PermanentError(ErrorCode.INTERNAL, message)
    return result


def _owner(tenant_id: str | UUID, video_id: str | UUID) -> dict[str, Any]:
    return {
        "tenant_id": TenantId(UUID(str(tenant_id))),
        "video_id": VideoId(UUID(str(video_id))),
    }


@_function(FunctionName.EXTRACT_FRAMES_AND_OCR)
async def extract_frames_and_ocr(
    video_key: str,
    tenant_id: str | UUID,
    video_id: str | UUID,
    frame_rate: float = FULL_FRAME_RATE,
    language: str | None = None,
    computed_by: str | None = None,
    for_job: UUID | None = None,
) -> ExtractResult | Yielded:
    owner = _owner(tenant_id, video_id)
    request = ExtractRequest(
        video_key=video_key,
        frame_rate=frame_rate,
        language=language,
        computed_by=computed_by,
        for_job=for_job,
        **owner,
    )
    return await _perform(request, ExtractResult)


@_function(FunctionName.CROP_AND_INFER)
async def crop_and_infer_caption_frame_extents(
    video_key: str,
    tenant_id: str | UUID,
    video_id: str | UUID,
    crop_region: CropRegion,
    frame_rate: float = CROPPED_FRAME_RATE,
    cropped_frames_version: int = 1,
    computed_by: str | None = None,
    for_job: UUID | None = None,
) -> CropInferResult | Yielded:
    request = CropInferRequest(
        video_key=video_key,
        crop_region=crop_region,
        frame_rate=frame_rate,
        cropped_frames_version=cropped_frames_version,
        computed_by=computed_by,
        for_job=for_job,
        **_owner(tenant_id, video_id),
    )
    return await _perform(request, CropInferResult)


@_function(FunctionName.GENERATE_CAPTION_OCR)
async def generate_caption_ocr(
    chunks_prefix: str,
    start_frame: int,
    end_frame: int,
    language: str | None = None,
    computed_by: str | None = None,
    for_job: UUID | None = None,
) -> CaptionOcrResult | Yielded:
    request = CaptionOcrRequest(
        chunks_prefix=chunks_prefix,
        start_frame=start_frame,
        end_frame=end_frame,
        language=language,
        computed_by=computed_by,
        for_job=for_job,
    )
    return await _perform(request, CaptionOcrResult)


@_function(FunctionName.GENERATE_CAPTIONS_OCR)
async def generate_captions_ocr(
    chunks_prefix: str,
    ranges: list[FrameRange],
    language: str | None = None,
    computed_by: str | None = None,
    for_job: UUID | None = None,
) -> CaptionsOcrResult | Yielded:
    request = CaptionsOcrRequest(
        chunks_prefix=chunks_prefix,
        ranges=ranges,
        language=language,
        computed_by=computed_by,
        for_job=for_job,
    )
    return await _perform(request, CaptionsOcrResult)
