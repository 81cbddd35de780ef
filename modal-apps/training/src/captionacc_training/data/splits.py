"""Lists the footage, fonts, texts and finishes of each split; no two splits share any."""

import json
from typing import Any

from captionacc_training.data.dataset import TEXTURES
from captionacc_training.data.lettering import TEXT_SIDES
from captionacc_training.data.sources import PACKAGES, TEST, TRAINING, TUNING
from captionacc_training.data.timelines import (
    CASES,
    FEWEST_CAPTIONS,
    FEWEST_SEQUENCES,
    FRAMES,
    LONG,
    LONG_FRAMES,
    OWN_FINISH,
    SEEDS,
)

SPLITS = (TRAINING, TUNING, TEST)


def manifest() -> dict[str, Any]:
    """The content of `splits.json`, which is beside this module."""
    return {
        "sequences": {
            "cases": list(CASES),
            "frames": FRAMES,
            "long": list(LONG),
            "long_frames": LONG_FRAMES,
            "fewest_sequences_of_a_case": FEWEST_SEQUENCES,
            "fewest_captions_of_a_case": FEWEST_CAPTIONS,
            "seeds": {split: f"{seed} and the next ones" for split, seed in SEEDS.items()},
        },
        "splits": {split: _split(split) for split in SPLITS},
    }


def manifest_text() -> str:
    """The manifest as text, as it is in the committed file."""
    return json.dumps(manifest(), indent=1, ensure_ascii=False) + "\n"


def _split(split: str) -> dict[str, Any]:
    low, high = TEXT_SIDES[split]
    return {
        **{kind: _files(split, kind) for kind in ("footage", "photos", "fonts")},
        "text": f"words and characters whose sha256 begins with a byte from {low} to {high - 1}",
        "finishes": ["plain", *([OWN_FINISH[split]] if split in OWN_FINISH else [])],
        **({"textures": f"{TEXTURES} that are drawn"} if split == TRAINING else {}),
    }


def _files(split: str, kind: str) -> list[str]:
    return sorted(
        f"{package.registry} {package.name}: {', '.join(package.patterns)}"
        for package in PACKAGES
        if (package.split, package.kind) == (split, kind)
    )
