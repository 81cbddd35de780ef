"""The one preprocessing of the model's input, in training and in use."""

import cv2
import numpy as np
from numpy.typing import NDArray

BAND_HEIGHT, BAND_WIDTH = 64, 512


def luma_band(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize a luma plane of any (height, width) to (64, 512), without keeping its aspect."""
    if luma.ndim != 2 or 0 in luma.shape:
        raise ValueError(f"A luma plane has a height and a width, not the shape {luma.shape}.")
    if luma.shape == (BAND_HEIGHT, BAND_WIDTH):
        return luma
    resized = cv2.resize(luma, (BAND_WIDTH, BAND_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
