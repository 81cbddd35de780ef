"""The protocol of a network: encode each frame once, compare any two frames."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.rules.rules import Rules

CHANNELS, ROWS, COLUMNS = 32, 8, 64
"""Size of one frame's features: channels of its embedding, and the cells of the band. The weights
fix them, so they are not rules."""

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
        """The digest of the weights and the rules."""
        ...

    @property
    def rules(self) -> Rules:
        """The rules that the weights were shipped with."""
        ...

    @property
    def device(self) -> str:
        """The device that runs it: ``cpu`` or ``cuda``."""
        ...

    def encode(self, bands: Bands, static: NDArray[np.bool_] | None = None) -> FrameFeatures:
        """Features of (n, 64, 512) bands, without the text of the (8, 64) static cells."""
        ...

    def leave_out(self, features: FrameFeatures, static: NDArray[np.bool_]) -> FrameFeatures:
        """The features that `encode` returns with these (8, 64) static cells.

        `features` were encoded without static cells.
        """
        ...

    def compare(self, a: FrameFeatures, b: FrameFeatures) -> NDArray[np.float32]:
        """Logits (n,) of "frame k of a and frame k of b show different captions"; symmetric."""
        ...


def empty_features() -> FrameFeatures:
    """Features of zero frames."""
    return FrameFeatures(
        embedding=np.empty((0, CHANNELS, ROWS, COLUMNS), np.float32),
        text=np.empty((0, ROWS, COLUMNS), np.float32),
        presence=np.empty(0, np.float32),
    )


def join(parts: list[FrameFeatures]) -> FrameFeatures:
    """The frames of all parts, in order. Parts without frames may have any number of channels."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty_features()
    return FrameFeatures(
        embedding=np.concatenate([part.embedding for part in parts]),
        text=np.concatenate([part.text for part in parts]),
        presence=np.concatenate([part.presence for part in parts]),
    )
