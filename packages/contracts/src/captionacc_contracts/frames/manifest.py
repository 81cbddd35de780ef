"""``manifest.json`` of a version of cropped frames.

It is written last, so it proves that the version is complete.
"""

import msgspec

from captionacc_contracts.frames.geometry import CropRegion
from captionacc_contracts.frames.tracks import WritingDirection


class ManifestChunk(msgspec.Struct, frozen=True, kw_only=True):
    """One chunk: ``path`` under the version's prefix, with its size and sha256."""

    path: str
    frame_count: int
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Every chunk of a version.

    ``width`` and ``height`` are the pixels of a cropped frame.
    """

    cropped_frames_version: int
    frame_rate: float
    frame_count: int
    width: int
    height: int
    crop_region: CropRegion
    chunks: list[ManifestChunk]
    direction: WritingDirection = WritingDirection.HORIZONTAL
    codec: str = "vp9"
    schema_version: int = 1
