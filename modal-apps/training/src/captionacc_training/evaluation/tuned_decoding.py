"""The decoding that `tune` chose, kept as JSON in the working folder."""

from pathlib import Path

import msgspec
from captionacc_extents.decoding.sequence import Decoding

DECODING = "decoding.json"


def write_decoding(root: Path, decoding: Decoding) -> None:
    """Keep a decoding for the commands that follow."""
    text = msgspec.json.format(msgspec.json.encode(decoding), indent=1)
    (root / DECODING).write_bytes(text + b"\n")


def read_decoding(root: Path) -> Decoding:
    """The kept decoding, or the one of use when none was tuned."""
    path = root / DECODING
    return msgspec.json.decode(path.read_bytes(), type=Decoding) if path.exists() else Decoding()
