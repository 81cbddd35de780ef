"""Read a block of frames: all that can be done before the later frames are known."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from captionacc_extents.network.network import COLUMNS, ROWS, Bands, ExtentsNetwork
from captionacc_extents.reading.blending import squares
from captionacc_extents.reading.scores import Row
from captionacc_extents.reading.sparse_reading import SparseFeatures, encode_changes
from captionacc_extents.rules.reading import ReadingRules


@dataclass(frozen=True, kw_only=True)
class Block:
    """What was read of n frames. The blocks of the opening wait together, so each is kept small.

    Attributes:
        features: features of the frames.
        squares: see `blending.squares`.
        changes: (n, 8, 64) mean change of the lumas of each cell since the frame before.
    """

    features: SparseFeatures
    squares: NDArray[np.uint8]
    changes: NDArray[np.uint8]


def read_block(
    network: ExtentsNetwork, before: Bands, bands: Bands, static: NDArray[np.bool_] | None
) -> Block:
    """Read n bands; `before` (1, 64, 512) is the band before them, or the first of them."""
    pictures = np.concatenate([before, bands])
    changes = np.stack(
        [
            cv2.resize(cv2.absdiff(*pair), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
            for pair in pairwise(pictures)
        ]
    )
    features = encode_changes(network, bands, static)
    return Block(features=features, squares=squares(bands, network.rules.reading), changes=changes)


def picture_changes(block: Block, text_before: NDArray[np.float32], rules: ReadingRules) -> Row:
    """Mean change of the cells without text since the frame before; 0 if all cells hold text.

    `text_before` (1, 8, 64) is the text of the frame before the block.
    """
    plain = np.concatenate([text_before, block.features.text]) < rules.text_cell
    plain = plain[:-1] & plain[1:]
    total = (block.changes * plain).sum((1, 2), dtype=np.float64)
    return np.asarray(total / np.maximum(1, plain.sum((1, 2))), np.float32)
