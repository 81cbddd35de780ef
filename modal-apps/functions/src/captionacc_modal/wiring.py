"""From settings to engines, made once a process and only when a call needs them."""

from functools import cached_property
from typing import Protocol

import msgspec
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.compute import Hardware
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_media.ocr.protocol import OcrEngine

from captionacc_modal.hardware import found_hardware
from captionacc_modal.settings import ComputeSettings


class Engines(Protocol):
    """What calls work with."""

    @property
    def threads(self) -> int: ...

    @property
    def hardware(self) -> Hardware: ...

    def ocr(self) -> OcrEngine:
        """Raises PermanentError ``ocr_unavailable`` when the engine is not set up."""
        ...

    def network(self) -> ExtentsNetwork:
        """Raises PermanentError ``model_invalid`` when weights are missing or altered."""
        ...


class ProcessEngines:
    """The engines that the settings name, kept for the calls that follow in this process."""

    def __init__(self, settings: ComputeSettings) -> None:
        self._settings = settings
        self._ocr: OcrEngine | None = None
        self._network: ExtentsNetwork | None = None

    @property
    def threads(self) -> int:
        return self._settings.compute_threads

    @cached_property
    def hardware(self) -> Hardware:
        return found_hardware(self._settings)

    def ocr(self) -> OcrEngine:
        if self._ocr is None:
            self._ocr = _ocr_engine(self._settings)
        return self._ocr

    def network(self) -> ExtentsNetwork:
        if self._network is None:
            self._network = _extents_network(self._settings)
        return self._network


def _extents_network(settings: ComputeSettings) -> ExtentsNetwork:
    # Imported late: reading text needs no network, and only the GPU image holds torch.
    if settings.extents_runtime == "torch":
        from captionacc_extents.network.torch_network import (
            best_device,
            load_torch_network,
        )

        return load_torch_network(device=best_device())
    from captionacc_extents.network.onnx_network import OnnxNetwork

    # `ExtentsInference` encodes in as many threads as are given, each of which calls this.
    return OnnxNetwork()


def _ocr_engine(settings: ComputeSettings) -> OcrEngine:
    if settings.ocr_engine == "rapidocr":
        from captionacc_media.ocr.rapid import RapidOcr

        return RapidOcr(workers=settings.compute_threads)
    # Imported late: the client costs half a second and 58 MiB.
    from captionacc_media.ocr.google_vision import GoogleVision, client_from_key

    key = settings.google_application_credentials_json
    if key is None:
        raise PermanentError(
            ErrorCode.OCR_UNAVAILABLE,
            "Google Vision has no credentials: set GOOGLE_APPLICATION_CREDENTIALS_JSON to the "
            "service account's key, or OCR_ENGINE to rapidocr.",
        )
    try:
        info = msgspec.json.decode(key, type=dict[str, str])
        return GoogleVision(client_from_key(info))
    except (msgspec.DecodeError, ValueError) as error:
        # The key itself is secret, so its text is not quoted.
        raise PermanentError(
            ErrorCode.OCR_UNAVAILABLE,
            "GOOGLE_APPLICATION_CREDENTIALS_JSON is not a service account's key in JSON.",
        ) from error
