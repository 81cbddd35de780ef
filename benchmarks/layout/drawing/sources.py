"""The packages, fonts and word lists of each split, which `sources.toml` lists."""

import tomllib
from pathlib import Path

from captionacc_training.data.sources import read_packages

TUNE, TEST, SHARED = "tune", "test", "shared"
SPLITS = (TUNE, TEST)

_TABLE = Path(__file__).with_suffix(".toml")
_ROWS = tomllib.loads(_TABLE.read_text("utf-8"))

PACKAGES = read_packages(_TABLE)

FONTS: dict[str, dict[str, list[str]]] = _ROWS["fonts"]
"""File names by split and script."""

WORD_LISTS: dict[str, str] = _ROWS["words"]
"""File names by script."""
