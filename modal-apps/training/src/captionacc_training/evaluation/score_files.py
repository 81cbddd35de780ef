"""Scores kept on disk, since a network takes long over a split.

They are kept by model. After a change of the code that scores (not of the decoding), remove them.
"""

from dataclasses import fields
from pathlib import Path

import numpy as np
from captionacc_extents.reading.scores import DISTANCES, FrameScores

FIELDS = tuple(field.name for field in fields(FrameScores))


def scores_path(root: Path, version: str, split: str, name: str) -> Path:
    """Where the scores of a sequence are kept."""
    return root / "scores" / version / split / f"{name}.npz"


def write_scores(path: Path, scores: FrameScores) -> None:
    """Keep scores; a reader sees them whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **{name: getattr(scores, name) for name in FIELDS})
    part.replace(path)


def read_scores(path: Path, sequence: Path) -> FrameScores | None:
    """The scores that were kept; None when there are none that are newer than the sequence."""
    # A sequence that was made again may show something else.
    if not path.exists() or path.stat().st_mtime < sequence.stat().st_mtime:
        return None
    with np.load(path) as data:
        # Scores of an earlier code may not be what the decoding asks for today.
        if set(data.files) != set(FIELDS) or len(data["different"]) != len(DISTANCES):
            return None
        return FrameScores(**{name: data[name] for name in FIELDS})
