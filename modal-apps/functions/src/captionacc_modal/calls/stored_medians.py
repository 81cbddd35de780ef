"""Stores the median pictures of captions, which people see beside the text."""

import asyncio
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from captionacc_media.frames.jpeg import encode_jpeg

from captionacc_modal.bounded_concurrency import map_bounded
from captionacc_modal.call_files import CallFiles

_UPLOADS_AT_ONCE = 8
"""Medians are small, so most of the time of an upload is waiting for the store."""


async def store_medians(store: CallFiles, pictures: Mapping[str, npt.NDArray[np.uint8]]) -> None:
    """Store RGB pictures (H, W, 3) as JPEG files, by object key.

    Raises:
        TransientError: The store did not answer.
    """

    async def upload(key: str) -> None:
        data = await asyncio.to_thread(encode_jpeg, pictures[key])
        await store.put(key, data, content_type="image/jpeg")

    await map_bounded(upload, pictures, at_once=_UPLOADS_AT_ONCE)
