"""How well a model and its decoding do on whole sequences, by kind."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from captionacc_contracts.extents import ExtentKind
from captionacc_media.extents.inference import ExtentsInference
from captionacc_media.extents.measures import Report, measure
from captionacc_media.extents.measures import Scored as Video
from captionacc_media.extents.network import ExtentsNetwork
from captionacc_media.extents.refinement import decode
from captionacc_media.extents.scores import FrameScores
from captionacc_media.extents.sequence import Decoding

from captionacc_training.footage import Scenery, load_scenery
from captionacc_training.lettering import Lettering, load_lettering
from captionacc_training.sources import TEST, TUNING
from captionacc_training.timelines import SEQUENCE_KINDS, SPARSE, make_sequence
from captionacc_training.timelines import Sequence as Made

FEWEST_SEQUENCES = 10
FEWEST_CAPTIONS = 150
"""Of each kind but the sparse ones; more sequences are made until both are reached."""

SEEDS = {TUNING: 11_000, TEST: 12_000}


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A sequence's kind and truth with the scores that the network gave it."""

    kind: str
    truth: list[tuple[int, int]]
    scores: FrameScores


def make_sequences(root: Path, split: str, processes: int) -> None:
    """Write the missing sequences of the tuning or test split under `root/sequences`."""
    (root / "sequences").mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_write_kind, [(root, split, kind) for kind in SEQUENCE_KINDS]))


def sequences(root: Path, split: str) -> Iterator[Made]:
    """All sequences of a split, kind by kind."""
    for kind in SEQUENCE_KINDS:
        index = 0
        while (path := _path(root, split, kind, index)).exists():
            with np.load(path) as data:
                truth = [(int(start), int(end)) for start, end in data["truth"]]
                yield Made(kind=kind, bands=data["bands"], truth=truth)
            index += 1


def score_all(network: ExtentsNetwork, root: Path, split: str) -> list[Scored]:
    """Run the network over a split."""
    scored = []
    for sequence in sequences(root, split):
        inference = ExtentsInference(network)
        inference.add(sequence.bands)
        scored.append(Scored(kind=sequence.kind, truth=sequence.truth, scores=inference.scores()))
    return scored


def measured(scored: Sequence[Scored], decoding: Decoding | None = None) -> Report:
    """The published figures; a sequence is a video."""
    return measure(
        [
            Video(
                name=f"{item.kind}-{place:03}",
                kind=item.kind,
                frames=len(item.scores),
                found=[
                    (extent.start_frame, extent.end_frame)
                    for extent in decode(item.scores, decoding)
                    if extent.kind is ExtentKind.CAPTION
                ],
                truth=item.truth,
            )
            for place, item in enumerate(scored)
        ]
    )


def _write_kind(task: tuple[Path, str, str]) -> None:
    root, split, kind = task
    sources: tuple[Scenery, Lettering] | None = None
    index = captions = 0
    while index < FEWEST_SEQUENCES or (kind not in SPARSE and captions < FEWEST_CAPTIONS):
        path = _path(root, split, kind, index)
        if not path.exists():
            sources = sources or (load_scenery(root, split), load_lettering(root, split))
            made = make_sequence(kind, split, SEEDS[split] + index, *sources)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, bands=made.bands, truth=np.array(made.truth).reshape(-1, 2))
            part.replace(path)
        with np.load(path) as data:
            captions += len(data["truth"])
        index += 1


def _path(root: Path, split: str, kind: str, index: int) -> Path:
    return root / "sequences" / f"{split}-{kind}-{index}.npz"
