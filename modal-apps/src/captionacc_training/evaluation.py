"""How well a model and its decoding do on whole sequences, by kind."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from captionacc_contracts.extents import ExtentKind
from captionacc_media.extents.inference import ExtentsInference
from captionacc_media.extents.network import ExtentsNetwork
from captionacc_media.extents.refinement import decode
from captionacc_media.extents.scores import FrameScores
from captionacc_media.extents.scoring import ExtentScore, score_extents
from captionacc_media.extents.sequence import Decoding

from captionacc_training.footage import load_scenery
from captionacc_training.lettering import load_lettering
from captionacc_training.sources import DEVELOPMENT, TEST
from captionacc_training.timelines import SEQUENCE_KINDS, Sequence, make_sequence

FRAMES = 400
PER_KIND = 3
SEEDS = {DEVELOPMENT: 1000, TEST: 2000}


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A sequence's kind and truth with the scores that the network gave it."""

    kind: str
    truth: list[tuple[int, int]]
    scores: FrameScores


def make_sequences(root: Path, split: str, processes: int) -> None:
    """Write the missing sequences of the development or test set under `root/sequences`."""
    (root / "sequences").mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_write_kind, [(root, split, kind) for kind in SEQUENCE_KINDS]))


def sequences(root: Path, split: str) -> Iterator[Sequence]:
    """All sequences of a split, kind by kind."""
    for kind in SEQUENCE_KINDS:
        for index in range(PER_KIND):
            with np.load(_path(root, split, kind, index)) as data:
                truth = [(int(start), int(end)) for start, end in data["truth"]]
                yield Sequence(kind=kind, bands=data["bands"], truth=truth)


def score_all(network: ExtentsNetwork, root: Path, split: str) -> list[Scored]:
    """Run the network over a split."""
    scored = []
    for sequence in sequences(root, split):
        inference = ExtentsInference(network)
        inference.add(sequence.bands)
        scored.append(Scored(kind=sequence.kind, truth=sequence.truth, scores=inference.scores()))
    return scored


def by_kind(
    scored: list[Scored], tolerance: int = 1, decoding: Decoding | None = None
) -> dict[str, ExtentScore]:
    """Counts for each kind, and for "all"."""
    nothing = ExtentScore(matched=0, predicted=0, truth=0)
    totals = {"all": nothing}
    for item in scored:
        found = [
            (extent.start_frame, extent.end_frame)
            for extent in decode(item.scores, decoding)
            if extent.kind is ExtentKind.CAPTION
        ]
        score = score_extents(found, item.truth, tolerance)
        totals[item.kind] = totals.get(item.kind, nothing) + score
        totals["all"] += score
    return totals


def report(network: ExtentsNetwork, root: Path, split: str) -> str:
    """A Markdown table of precision, recall and F1 within one frame and exact."""
    started = time.monotonic()
    scored = score_all(network, root, split)
    seconds = time.monotonic() - started
    frames = sum(len(item.scores) for item in scored)
    near, exact = by_kind(scored, 1), by_kind(scored, 0)
    lines = [
        "| kind | captions | precision | recall | F1 (±1) | F1 (exact) |",
        "|---|---|---|---|---|---|",
        *(
            f"| {kind} | {s.truth} | {s.precision:.3f} | {s.recall:.3f} | {s.f1:.3f} "
            f"| {exact[kind].f1:.3f} |"
            for kind, s in near.items()
        ),
        "",
        f"{frames} frames in {seconds:.1f} s ({frames / seconds:.0f} a second).",
    ]
    return "\n".join(lines)


def _write_kind(task: tuple[Path, str, str]) -> None:
    root, split, kind = task
    missing = [i for i in range(PER_KIND) if not _path(root, split, kind, i).exists()]
    if not missing:
        return
    scenery, lettering = load_scenery(root, split), load_lettering(root, split)
    for index in missing:
        made = make_sequence(kind, SEEDS[split] + index, FRAMES, scenery, lettering)
        path = _path(root, split, kind, index)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, bands=made.bands, truth=np.array(made.truth, np.int64))
        part.replace(path)


def _path(root: Path, split: str, kind: str, index: int) -> Path:
    return root / "sequences" / f"{split}-{kind}-{index}.npz"
