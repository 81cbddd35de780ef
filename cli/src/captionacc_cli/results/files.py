"""Write the files of a run."""

from collections.abc import Mapping
from pathlib import Path

import msgspec


def write_files(out: Path, contents: Mapping[str, str]) -> None:
    """Write each file completely or not at all, so that a full disk leaves no partial file."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        partial = out / f".{name}.partial"
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(out / name)
        finally:
            partial.unlink(missing_ok=True)


def pretty(value: msgspec.Struct) -> str:
    """``value`` as indented JSON with a final line break."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
