"""Makes the engines that the settings name: once per process, and only when a call needs them."""

import contextlib
from functools import cached_property
from typing import Protocol

import msgspec
import numpy as np
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.work.compute import Hardware
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_media.ocr.languages.engines import Installed
from captionacc_media.ocr.protocol import OcrEngine

from captionacc_modal.hardware import found_hardware
from captionacc_modal.settings import ComputeSettings


class Engines(Protocol):
    """The OCR engine, the network and the hardware that calls use."""

    @property
    def threads(self) -> int: ...

    @property
    def hardware(self) -> Hardware: ...

    def ocr(self) -> OcrEngine:
        """The OCR engine.

        Raises:
            PermanentError: ``ocr_unavailable``: the engine is not set up.
        """
        ...

    def installed(self) -> Installed:
        """What reads languages here beside the default recogniser. Blocks for 20 ms."""
        ...

    def network(self) -> ExtentsNetwork:
        """The network of the extents model.

        Raises:
            PermanentError: ``model_invalid``: weights are missing or were changed.
        """
        ...


class ProcessEngines:
    """The engines that the settings name, kept for later calls of this process."""

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

    async def load_network(self) -> None:
        """Load the network, unless that fails: a call that needs it then says why."""
        with contextlib.suppress(PermanentError):
            self.network()

    async def load_ocr_models(self) -> None:
        """Load the models of an engine that reads in this process, unless that fails."""
        if self._settings.ocr_engine == "rapidocr":
            with contextlib.suppress(PermanentError):
                # An engine loads its models with the first picture.
                await self.ocr().read([np.zeros((32, 320, 3), dtype=np.uint8)])

    def installed(self) -> Installed:
        if self._settings.ocr_engine != "rapidocr":
            # Google Vision reads every language, so it has no advice to give.
            return Installed()
        from captionacc_media.ocr.local import installed_here

        return installed_here(self._settings.recognisers)

    def network(self) -> ExtentsNetwork:
        if self._network is None:
            self._network = _extents_network(self._settings)
        return self._network

    def return_memory(self) -> None:
        """Give back what the network keeps for its next call: the next one may be of another kind.

        The OCR engine keeps nothing.
        """
        if self._network is not None and self._settings.extents_runtime != "torch":
            from captionacc_extents.network.onnx_network import OnnxNetwork

            if isinstance(self._network, OnnxNetwork):
                self._network.return_memory()


def _extents_network(settings: ComputeSettings) -> ExtentsNetwork:
    # Imported late: calls that read text do not need a network, and only the GPU image has torch.
    if settings.extents_runtime == "torch":
        from captionacc_extents.network.torch_network import best_device, load_torch_network

        return load_torch_network(device=best_device())
    from captionacc_extents.network.onnx_network import OnnxNetwork

    # It uses one thread per call; `ExtentsInference` calls it from several threads.
    return OnnxNetwork()


def _ocr_engine(settings: ComputeSettings) -> OcrEngine:
    if settings.ocr_engine == "rapidocr":
        from captionacc_media.ocr.local import LocalOcr

        return LocalOcr(folder=settings.recognisers, workers=settings.compute_threads)
    # Imported late: the client costs half a second and 58 MiB.
    from captionacc_media.ocr.google_vision import GoogleVision, client_from_key

    key = settings.google_application_credentials_json
    if key is None:
        raise PermanentError(
            ErrorCode.OCR_UNAVAILABLE,
            "Google Vision has no credentials. Set GOOGLE_APPLICATION_CREDENTIALS_JSON to the key "
            "of the service account, or OCR_ENGINE to rapidocr.",
        )
    try:
        return GoogleVision(client_from_key(msgspec.json.decode(key, type=dict[str, str])))
    except (msgspec.DecodeError, ValueError) as error:
        message = (
            "GOOGLE_APPLICATION_CREDENTIALS_JSON is not the key of a service account in JSON. "
            "Set it to the content of the key file."
        )
        # The message does not quote the text, because the key is a secret.
        raise PermanentError(ErrorCode.OCR_UNAVAILABLE, message) from error
