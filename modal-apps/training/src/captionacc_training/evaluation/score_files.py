"""Keeps scores on disk, because scoring a split takes long.

The name of their folder is the `scores_version`, the digest of weights and reading rules. Scores
stay valid when a decoding rule changes. After a change of the code in `captionacc_extents.reading`,
delete them by hand.
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
    """Keep scores; a reader never sees a part of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **{name: getattr(scores, name) for name in FIELDS})
    part.replace(path)


def read_scores(path: Path, sequence: Path) -> FrameScores | None:
    """The kept scores; None if there are none, or if the sequence is newer than they are."""
    # A sequence that was made again may show other captions.
    if not path.exists() or path.stat().st_mtime < sequence.stat().st_mtime:
        return None
    with np.load(path) as data:
        # Scores that older code wrote may lack what the decoding needs now.
        if set(data.files) != set(FIELDS) or len(data["different"]) != len(DISTANCES):
            return None
        return FrameScores(**{name: data[name] for name in FIELDS})
