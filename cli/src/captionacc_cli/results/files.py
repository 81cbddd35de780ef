"""Write the files of a run."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from captionacc_cli.results.folders import ResultFolder


def write_files(folder: ResultFolder, contents: Mapping[str, str]) -> Path:
    """Make the folder and write each file completely or not at all.

    A full disk leaves no partial file, and no empty folder.

    Returns:
        The folder that was written.
    """
    out = folder.make()
    try:
        for name, text in contents.items():
            partial = out / f".{name}.partial"
            try:
                partial.write_text(text, encoding="utf-8")
                partial.replace(out / name)
            finally:
                partial.unlink(missing_ok=True)
    except BaseException:
        # A folder that holds a file stays.
        with contextlib.suppress(OSError):
            out.rmdir()
        raise
    return out


def pretty(value: msgspec.Struct) -> str:
    """``value`` as indented JSON with a final line break."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
