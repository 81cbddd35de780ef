"""Encode every second frame of a block, and of the others those where something changes.

What lies between two frames that show the same is taken to show it, too: a caption is there for
two frames at least. That saves more than a third of the encoder's work.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import (
    Bands,
    ExtentsNetwork,
    FrameFeatures,
    join,
)

CLEAR = 2.0
"""Presence logit beyond which, on either side of 0, a frame surely holds a caption or none."""

ALIKE = -6.0
"""Logit of being different below which two frames surely show the same caption."""


@dataclass(frozen=True, kw_only=True)
class SparseFeatures:
    """Features of n frames, not all of which were read.

    read (n,) tells which were; the others have the features of the frame before them, and never
    two in a row. across (n,) logits of frame k against frame k - 2, NaN where that was not looked
    at.
    """

    frames: FrameFeatures
    read: NDArray[np.bool_]
    across: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.frames)


def encode_changes(
    network: ExtentsNetwork, bands: Bands, static: NDArray[np.bool_] | None
) -> SparseFeatures:
    """Read n bands; all frames of even number and the last one are read."""
    count = len(bands)
    read = np.arange(count) % 2 == 0
    read[count - 1 :] = True
    places = np.flatnonzero(read)
    features = network.encode(bands[read], static)
    a, b = features[: (count - 1) // 2], features[1 : (count + 1) // 2]
    shown = (a.presence > CLEAR) & (b.presence > CLEAR)
    empty = (a.presence < -CLEAR) & (b.presence < -CLEAR)
    logits = network.compare(a, b) if shown.any() else np.full(len(a), np.nan, np.float32)
    between = 1 + 2 * np.flatnonzero(~empty & ~(shown & (logits < ALIKE)))
    if len(between):
        read[between] = True
        places = np.concatenate([places, between])
        features = join([features, network.encode(bands[between], static)])
    # Of each frame the last one that was read.
    source = np.argsort(places)[np.cumsum(read) - 1]
    across = np.full(count, np.nan, np.float32)
    across[2::2] = np.where(shown, logits, np.nan)
    return SparseFeatures(
        frames=FrameFeatures(
            embedding=features.embedding[source],
            text=features.text[source],
            presence=features.presence[source],
        ),
        read=read,
        across=across,
    )


def leave_out(
    network: ExtentsNetwork, features: SparseFeatures, static: NDArray[np.bool_]
) -> SparseFeatures:
    """The same frames without the text of (8, 64) static cells, which changes what was compared."""
    return SparseFeatures(
        frames=network.leave_out(features.frames, static),
        read=features.read,
        across=np.full_like(features.across, np.nan),
    )
