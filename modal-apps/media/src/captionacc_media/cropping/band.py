"""The input of the extents model, the same in training and in use."""

import cv2
import numpy as np
from numpy.typing import NDArray

BAND_HEIGHT, BAND_WIDTH = 64, 512


def luma_band(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize a luma plane (height x width) to 64 x 512 pixels; the aspect ratio is not kept.

    Raises:
        ValueError: the plane does not have two dimensions, or is empty.
    """
    if luma.ndim != 2 or 0 in luma.shape:
        raise ValueError(f"A luma plane needs a height and a width, but the shape is {luma.shape}.")
    if luma.shape == (BAND_HEIGHT, BAND_WIDTH):
        return luma
    resized = cv2.resize(luma, (BAND_WIDTH, BAND_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
