"""Scores of whole sequences by a model, kept on disk, and how good the captions in them are."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from captionacc_contracts.frames.extents import ExtentKind
from captionacc_extents.decoding.decode import decode
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.network import ExtentsNetwork
from captionacc_extents.reading.scores import FrameScores
from captionacc_extents.rules.rules import Rules
from captionacc_scoring.report import Report, ScoredVideo, measure

from captionacc_training.data.footage import Luma, Scenery, load_scenery
from captionacc_training.data.lettering import Lettering, load_lettering
from captionacc_training.data.timelines import (
    EMPTY,
    FEWEST_CAPTIONS,
    FEWEST_SEQUENCES,
    SEEDS,
    SEQUENCE_KINDS,
    make_sequence,
)
from captionacc_training.evaluation.score_files import read_scores, scores_path, write_scores


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A sequence's name, kind and truth with the scores that the network gave it."""

    name: str
    kind: str
    truth: list[tuple[int, int]]
    scores: FrameScores


def make_sequences(root: Path, split: str, processes: int) -> None:
    """Write the missing sequences of the tuning or test split under `root/sequences`."""
    (root / "sequences").mkdir(parents=True, exist_ok=True)
    load_scenery(root, split)  # decodes the films once, for all processes
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_write_kind, [(root, split, kind) for kind in SEQUENCE_KINDS]))


def sequence_names(root: Path, split: str) -> Iterator[tuple[str, str, Path]]:
    """Name, kind and file of all sequences of a split that were made, kind by kind."""
    for kind in SEQUENCE_KINDS:
        index = 0
        while (path := _path(root, split, kind, index)).exists():
            yield f"{kind}-{index:03}", kind, path
            index += 1


def sequence_bands(root: Path, split: str, name: str) -> Luma:
    """The bands (n, 64, 512) of a sequence."""
    kind, _, index = name.rpartition("-")
    with np.load(_path(root, split, kind, int(index))) as data:
        bands: Luma = data["bands"]
    return bands


def score_all(
    network: ExtentsNetwork, version: str, root: Path, split: str, threads: int = 1
) -> list[Scored]:
    """The scores of all sequences of a split; those that are not kept are computed and kept.

    `version` is the `scores_version` of the model.
    """
    scored = []
    for name, kind, path in sequence_names(root, split):
        kept = scores_path(root, version, split, name)
        scores = read_scores(kept, path)
        if scores is None:
            inference = ExtentsInference(network, threads=threads)
            inference.add(sequence_bands(root, split, name))
            scores = inference.scores()
            write_scores(kept, scores)
        scored.append(Scored(name=name, kind=kind, truth=_truth(path), scores=scores))
    return scored


def kept_scores(root: Path, version: str, split: str) -> list[Scored]:
    """The scores that `score_all` kept; raises RuntimeError if those of a sequence are missing."""
    scored = []
    for name, kind, path in sequence_names(root, split):
        scores = read_scores(scores_path(root, version, split, name), path)
        if scores is None:
            raise RuntimeError(
                f"The {split} split has no scores of {name}: run evaluate --split {split} first."
            )
        scored.append(Scored(name=name, kind=kind, truth=_truth(path), scores=scores))
    if not scored:
        raise RuntimeError(f"The {split} split has no sequences: run the data command first.")
    return scored


def measured(scored: Sequence[Scored], rules: Rules) -> Report:
    """The published figures; each sequence counts as a video."""
    return measure(
        [
            ScoredVideo(
                name=item.name,
                kind=item.kind,
                frames=len(item.scores),
                found=[
                    (extent.start_frame, extent.end_frame)
                    for extent in decode(item.scores, rules)
                    if extent.kind is ExtentKind.CAPTION
                ],
                truth=item.truth,
            )
            for item in scored
        ]
    )


def _write_kind(task: tuple[Path, str, str]) -> None:
    root, split, kind = task
    sources: tuple[Scenery, Lettering] | None = None
    index = captions = 0
    while index < FEWEST_SEQUENCES or (kind != EMPTY and captions < FEWEST_CAPTIONS):
        path = _path(root, split, kind, index)
        if not path.exists():
            sources = sources or (load_scenery(root, split), load_lettering(root, split))
            made = make_sequence(kind, split, SEEDS[split] + index, *sources)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, bands=made.bands, truth=np.array(made.truth).reshape(-1, 2))
            part.replace(path)
        captions += len(_truth(path))
        index += 1


def _truth(path: Path) -> list[tuple[int, int]]:
    with np.load(path) as data:
        return [(int(start), int(end)) for start, end in data["truth"]]


def _path(root: Path, split: str, kind: str, index: int) -> Path:
    return root / "sequences" / f"{split}-{kind}-{index}.npz"
