"""The file ``manifest.json`` of a version of cropped frames."""

import msgspec
from captionacc_contracts.frames.manifest import Manifest


def manifest_bytes(manifest: Manifest) -> bytes:
    """Encode ``manifest.json``. Store it last: its presence says that all chunks are stored."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)
