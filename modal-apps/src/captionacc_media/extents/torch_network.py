"""The network's definition, and its use through torch; needs the gpu extra."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor, nn

from captionacc_media.extents.network import CHANNELS, Bands, FrameFeatures, empty_features
from captionacc_media.extents.stroke_network import StrokeModule
from captionacc_media.extents.torch_layers import compared_cells, convolution, pooled_frame
from captionacc_media.extents.weights import (
    SAFETENSORS,
    WEIGHTS_FOLDER,
    model_version,
    read_weights,
)


class ExtentsModule(nn.Module):  # type: ignore[misc]
    """Encoder, presence head and pair head: about 73,000 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *convolution(1, 12, 5, stride=2),
            *convolution(12, 24, 3, stride=2),
            *convolution(24, 32, 3),
            *convolution(32, 48, 3, stride=2),
            *convolution(48, 48, 3, dilation=2),
            *convolution(48, 48, 3),
        )
        self.embedding = nn.Conv2d(48, CHANNELS, 1)
        self.text = nn.Conv2d(48, 1, 1)
        self.presence_head = nn.Sequential(
            nn.Linear(2 * CHANNELS + 3, 32), nn.ReLU(), nn.Linear(32, 1)
        )
        self.cell_head = nn.Sequential(
            nn.Conv2d(2 * CHANNELS + 3, 32, 1), nn.ReLU(), nn.Conv2d(32, 32, 1), nn.ReLU()
        )
        self.change = nn.Conv2d(32, 1, 1)
        self.pair_head = nn.Sequential(nn.Linear(66, 32), nn.ReLU(), nn.Linear(32, 1))

    def encode(self, bands: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding (n, 24, 8, 64) and text logits (n, 8, 64) of (n, 64, 512) lumas 0 to 255."""
        hidden = self.trunk(bands.unsqueeze(1) / 127.5 - 1)
        return self.embedding(hidden), self.text(hidden).squeeze(1)

    def presence(self, embedding: Tensor, text: Tensor) -> Tensor:
        """Logits (n,) that a caption is shown; `text` are probabilities with static cells at 0."""
        return self.presence_head(pooled_frame(embedding, text)).squeeze(1)

    def compare(
        self, embedding_a: Tensor, text_a: Tensor, embedding_b: Tensor, text_b: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits (n,) of "different", and of a change in each cell (n, 8, 64)."""
        compared, either = compared_cells(embedding_a, text_a, embedding_b, text_b)
        cells = self.cell_head(compared)
        change = self.change(cells)
        mass = either.sum((2, 3)) + 1e-3
        pooled = torch.cat(
            [
                cells.amax((2, 3)),
                (cells * either).sum((2, 3)) / mass,
                change.amax((2, 3)),
                (torch.sigmoid(change) * either).sum((2, 3)) / mass,
            ],
            1,
        )
        return self.pair_head(pooled).squeeze(1), change.squeeze(1)


class EncoderGraph(nn.Module):  # type: ignore[misc]
    """What the encoder's ONNX file computes: uint8 bands and static cells to features."""

    def __init__(self, module: ExtentsModule | StrokeModule) -> None:
        super().__init__()
        self.module = module

    def forward(self, bands: Tensor, static: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedding, logits = self.module.encode(bands.float())
        text = torch.sigmoid(logits) * (1 - static)
        return embedding, text, self.module.presence(embedding, text)


class PairGraph(nn.Module):  # type: ignore[misc]
    """What the pair head's ONNX file computes."""

    def __init__(self, module: ExtentsModule | StrokeModule) -> None:
        super().__init__()
        self.module = module

    def forward(
        self, embedding_a: Tensor, text_a: Tensor, embedding_b: Tensor, text_b: Tensor
    ) -> Tensor:
        return self.module.compare(embedding_a, text_a, embedding_b, text_b)[0]


class TorchNetwork:
    """The network on a torch device; see `ExtentsNetwork`."""

    def __init__(
        self, module: ExtentsModule | StrokeModule, *, version: str, device: str = "cpu"
    ) -> None:
        self.version = version
        self.device = device
        self._device = torch.device(device)
        self._encoder = EncoderGraph(module.to(self._device).eval())
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

    Raises PermanentError (MODEL_INVALID) when the weights are missing or not the committed ones.
    """
    state = load(read_weights(SAFETENSORS, folder))
    module = StrokeModule() if "strokes.0.weight" in state else ExtentsModule()
    module.load_state_dict(state)
    return TorchNetwork(module, version=model_version(folder), device=device)
