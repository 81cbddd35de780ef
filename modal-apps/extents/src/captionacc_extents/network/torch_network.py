"""The network through torch; needs the gpu extra."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor, nn

from captionacc_extents.network.network import Bands, FrameFeatures, empty_features
from captionacc_extents.network.stroke_network import StrokeModule
from captionacc_extents.network.weights import (
    SAFETENSORS,
    WEIGHTS_FOLDER,
    model_version,
    read_rules,
    read_weights,
)
from captionacc_extents.rules.rules import Rules


class PresenceGraph(nn.Module):  # type: ignore[misc]
    """The graph of the presence head's ONNX file: text outside static cells, and presence."""

    def __init__(self, module: StrokeModule) -> None:
        super().__init__()
        self.module = module

    def forward(self, embedding: Tensor, text: Tensor, static: Tensor) -> tuple[Tensor, Tensor]:
        kept = text * (1 - static)
        return kept, self.module.presence(embedding, kept)


class EncoderGraph(nn.Module):  # type: ignore[misc]
    """The graph of the encoder's ONNX file: features of uint8 bands and static cells."""

    def __init__(self, module: StrokeModule) -> None:
        super().__init__()
        self.module = module

    def forward(self, bands: Tensor, static: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedding, logits = self.module.encode(bands.float())
        text = torch.sigmoid(logits) * (1 - static)
        return embedding, text, self.module.presence(embedding, text)


class PairGraph(nn.Module):  # type: ignore[misc]
    """The graph of the pair head's ONNX file: logits of "different" of two frames' features."""

    def __init__(self, module: StrokeModule) -> None:
        super().__init__()
        self.module = module

    def forward(
        self, embedding_a: Tensor, text_a: Tensor, embedding_b: Tensor, text_b: Tensor
    ) -> Tensor:
        return self.module.compare(embedding_a, text_a, embedding_b, text_b)[0]


class TorchNetwork:
    """The network on a torch device; see `ExtentsNetwork`."""

    def __init__(
        self, module: StrokeModule, *, version: str, rules: Rules, device: str = "cpu"
    ) -> None:
        self.version = version
        self.rules = rules
        self.device = device
        self._device = torch.device(device)
        self._encoder = EncoderGraph(module.to(self._device).eval())
        self._presence = PresenceGraph(self._encoder.module)
        self._pair = PairGraph(self._encoder.module)

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        if not len(bands):
            return empty_features()
        with torch.inference_mode():
            kept = torch.zeros((8, 64)) if static is None else torch.from_numpy(static).float()
            embedding, text, presence = self._encoder(
                torch.from_numpy(np.ascontiguousarray(bands)).to(self._device),
                kept.to(self._device),
            )
        return FrameFeatures(
            embedding=embedding.cpu().numpy(),
            text=text.cpu().numpy(),
            presence=presence.cpu().numpy(),
        )

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        if not len(features):
            return features
        with torch.inference_mode():
            arrays = (features.embedding, features.text, static.astype(np.float32))
            text, presence = self._presence(
                *(torch.from_numpy(array).to(self._device) for array in arrays)
            )
        return FrameFeatures(
            embedding=features.embedding,
            text=text.cpu().numpy(),
            presence=presence.cpu().numpy(),
        )

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        if not len(a):
            return np.empty(0, np.float32)
        with torch.inference_mode():
            arrays = (a.embedding, a.text, b.embedding, b.text)
            tensors = [torch.from_numpy(array).to(self._device) for array in arrays]
            logits: NDArray[np.float32] = self._pair(*tensors).cpu().numpy()
        return logits


def best_device() -> str:
    """``cuda`` where torch sees a GPU, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def load_torch_network(*, device: str = "cpu", folder: Path = WEIGHTS_FOLDER) -> TorchNetwork:
    """The shipped model on a torch device such as "cuda".

    Raises:
        PermanentError: MODEL_INVALID: a file of the model is missing or does not match its digest.
    """
    state = load(read_weights(SAFETENSORS, folder))
    module = StrokeModule()
    module.load_state_dict(state)
    return TorchNetwork(
        module, version=model_version(folder), rules=read_rules(folder), device=device
    )
