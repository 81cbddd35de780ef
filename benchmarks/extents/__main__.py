"""Print how fast inference is, how good three ways are, and what each pass of the decoder adds.

``python -m captionacc_training data --folder DIR`` makes the sequences. The settings of the
classical way are chosen on the tuning split; the figures are of the split that ``--split`` names.
The table of passes uses all scores of the tuning split that ``evaluate`` kept.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from captionacc_extents.decoding.decode import found_captions
from captionacc_extents.decoding.pairs import pair_results
from captionacc_extents.inference import ExtentsInference
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.weights import scores_version, shipped_rules
from captionacc_scoring.extents import ExtentScore, score_extents
from captionacc_scoring.report import ScoredVideo, measure
from captionacc_scoring.table import table
from captionacc_training.data.sources import TUNING
from captionacc_training.evaluation.ablation import ablation_table, ablations
from captionacc_training.evaluation.evaluation import kept_scores
from numpy.typing import NDArray

from benchmarks.extents import argmax, strokes
from benchmarks.extents.throughput import throughput

Span = tuple[int, int]
Made = tuple[str, str, NDArray[np.uint8], list[Span]]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extents", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("training-data"), help="data of the training"
    )
    parser.add_argument("--split", default="tune", help="split that the figures are of")
    parser.add_argument("--each", type=int, default=3, help="number of sequences per kind")
    parser.add_argument("--threads", type=int, default=2, help="threads of inference")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    speed = throughput(options.threads)
    load = os.getloadavg()[0]
    print(
        f"{speed.batched:.0f} frames/s for features, pairs and fades on {options.threads} threads; "
        f"{speed.naive:.0f} frames/s if each pair is encoded again, unbatched and eager, "
        f"{speed.batched / speed.naive:.1f}x; "
        f"decoding an hour: {speed.decoding_an_hour_s:.1f} s (load {load:.1f})"
    )
    if not any(_files(options.folder, options.split, 1)):
        print(f"{options.folder} has no sequences of the {options.split} split. Set --folder.")
        return
    chosen = _tuned(options.folder, options.each)
    print(f"Classical settings, chosen on the tuning split: {chosen}\n")
    ways: dict[str, list[ScoredVideo]] = {}
    network = OnnxNetwork()
    for name, kind, bands, truth in _sequences(options.folder, options.split, options.each):
        inference = ExtentsInference(network, threads=options.threads)
        inference.add(bands)
        scores = inference.scores()
        spans = {
            "classical": strokes.captions(strokes.masks(bands, chosen.contrast), chosen),
            "the network, each pair by its most probable class": argmax.captions(
                pair_results(scores)
            ),
            "the network and its decoder": [
                (each.start, each.end) for each in found_captions(scores, network.rules)
            ],
        }
        for way, found in spans.items():
            ways.setdefault(way, []).append(
                ScoredVideo(name=name, kind=kind, frames=len(bands), found=found, truth=truth)
            )
    for way, scored in ways.items():
        print(f"{way}\n\n{table(measure(scored))}\n")
    _print_passes(options.folder)


def _print_passes(folder: Path) -> None:
    try:
        scored = kept_scores(folder, scores_version(), TUNING)
    except RuntimeError as error:
        print(f"The passes of the decoder cannot be compared. {error}")
        return
    print("The decoder with each pass left out, all sequences of the tuning split\n")
    print(ablation_table(ablations(scored, shipped_rules())))


def _tuned(folder: Path, each: int) -> strokes.Settings:
    totals = {settings: ExtentScore(matched=0, predicted=0, truth=0) for settings in strokes.GRID}
    for _, _, bands, truth in _sequences(folder, "tune", each):
        for contrast in {settings.contrast for settings in strokes.GRID}:
            stays = strokes.masks(bands, contrast)
            for settings in strokes.GRID:
                if settings.contrast == contrast:
                    totals[settings] += score_extents(strokes.captions(stays, settings), truth)
    return max(totals, key=lambda settings: totals[settings].f1)


def _sequences(folder: Path, split: str, each: int) -> Iterator[Made]:
    for path in _files(folder, split, each):
        with np.load(path) as data:
            truth = [(int(start), int(end)) for start, end in data["truth"]]
            yield path.stem, path.stem.split("-")[1], data["bands"], truth


def _files(folder: Path, split: str, each: int) -> list[Path]:
    found = sorted((folder / "sequences").glob(f"{split}-*.npz"))
    return [path for path in found if int(path.stem.rsplit("-", 1)[1]) < each]


if __name__ == "__main__":
    main()
