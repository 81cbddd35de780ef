"""Settings of the compute functions."""

from typing import Annotated, Literal

import msgspec
from captionacc_wasabi.settings import StoreSettings


class ComputeSettings(StoreSettings, frozen=True, kw_only=True):
    """Settings of a process that performs compute calls."""

    ocr_engine: Annotated[
        Literal["rapidocr", "google-vision"],
        msgspec.Meta(
            description="Which OCR engine reads: the one in the image, or Google's.",
            examples=["rapidocr"],
        ),
    ] = "rapidocr"
    compute_threads: Annotated[
        int,
        msgspec.Meta(ge=1, description="Processor threads a call may use.", examples=[2]),
    ] = 1
    google_application_credentials_json: Annotated[
        str | None,
        msgspec.Meta(
            description="Service account key for Google Vision, as JSON text.",
            examples=['{"type": "service_account", "project_id": "captions"}'],
        ),
    ] = None
    log_level: Annotated[
        str, msgspec.Meta(description="Least severe level that is logged.", examples=["INFO"])
    ] = "INFO"
