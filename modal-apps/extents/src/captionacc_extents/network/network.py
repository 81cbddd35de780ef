"""What the rest of the model needs of a network: encode a frame once, compare any two."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

CHANNELS, ROWS, COLUMNS = 32, 8, 64
"""Size of one frame's features: channels of its embedding, and the cells of the band."""

TEXT = 0.3
"""Probability of text from which a cell is taken to hold some."""

Bands = NDArray[np.uint8]
Cells = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class FrameFeatures:
    """Features of n frames.

    embedding (n, channels, 8, 64) float32; text (n, 8, 64) float32, the probability that a cell
    holds caption text, 0 in static cells; presence (n,) float32, the logit of "a caption is shown".
    """

    embedding: NDArray[np.float32]
    text: Cells
    presence: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.presence)

    def __getitem__(self, key: slice) -> "FrameFeatures":
        return FrameFeatures(
            embedding=self.embedding[key], text=self.text[key], presence=self.presence[key]
        )


class ExtentsNetwork(Protocol):
    """Plain numpy in and out; frames do not influence each other."""

    @property
    def version(self) -> str:
        """The sha256 of the weights."""
        ...

    @property
    def device(self) -> str:
        """What it runs on: ``cpu``, ``cuda``."""
        ...

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        """Features of (n, 64, 512) bands; text in the (8, 64) static cells is left out."""
        ...

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        """What `encode` gives for these (8, 64) static cells, from features of no static cells."""
        ...

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        """Logits (n,) of "a and b show different captions", frame by frame; symmetric."""
        ...


def empty_features() -> FrameFeatures:
    """Features of no frame."""
    return FrameFeatures(
        embedding=np.empty((0, CHANNELS, ROWS, COLUMNS), np.float32),
        text=np.empty((0, ROWS, COLUMNS), np.float32),
        presence=np.empty(0, np.float32),
    )


def join(parts: list[FrameFeatures]) -> FrameFeatures:
    """The frames of all parts, in order; how many channels empty parts have does not matter."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty_features()
    return FrameFeatures(
        embedding=np.concatenate([part.embedding for part in parts]),
        text=np.concatenate([part.text for part in parts]),
        presence=np.concatenate([part.presence for part in parts]),
    )
