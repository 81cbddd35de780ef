"""`python -m captionacc_training`: make the data, train, export, tune and evaluate the model.

Each command goes on where an earlier run was cut off. `all` runs them in order from nothing; the
test split is looked at by `evaluate --split test` alone.
"""

import argparse
import sys
from pathlib import Path

import cv2
import torch
from captionacc_media.extents.measures import table
from captionacc_media.extents.onnx_network import OnnxNetwork
from captionacc_media.extents.weights import WEIGHTS_FOLDER

from captionacc_training.calibration import outcomes, reliability
from captionacc_training.dataset import make_dataset
from captionacc_training.evaluation import Scored, make_sequences, measured, score_all
from captionacc_training.export import export
from captionacc_training.sources import TEST, TUNING, fetch_sources
from captionacc_training.splits import manifest_text
from captionacc_training.training import Schedule, train
from captionacc_training.tuning import tune

COMMANDS = ("data", "train", "export", "tune", "evaluate")


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    root: Path = options.folder
    trained = root / "trained.pt"
    for command in COMMANDS if options.command == "all" else (options.command,):
        if command == "data":
            fetch_sources(root)
            make_dataset(root, options.clips, options.seed, options.processes)
            for split in (TUNING, TEST):
                make_sequences(root, split, options.processes)
            (root / "splits.json").write_text(manifest_text(), "utf-8")
        elif command == "train":
            schedule = Schedule(seed=options.seed)
            torch.save(train(root, schedule, options.threads).state_dict(), trained)
        elif command == "export":
            if not trained.exists():
                print(f"{trained} is missing: run the train command first.", file=sys.stderr)
                return 2
            export(trained, options.weights)
        elif command == "tune":
            print(tune(_scored(options, TUNING), lambda line: print(line, flush=True)))
        else:
            scored = _scored(options, options.split)
            print(table(measured(scored)))
            print(_confidences(scored))
    return 0


def _scored(options: argparse.Namespace, split: str) -> list[Scored]:
    network = OnnxNetwork(threads=options.threads, folder=options.weights)
    print(f"model {network.version}, {split} split", flush=True)
    return score_all(network, options.folder, split)


def _confidences(scored: list[Scored]) -> str:
    """How often captions of a confidence are right."""
    bins, error = reliability(*outcomes(scored))
    lines = ["", "| captions | mean confidence | right |", "|---|---|---|"]
    lines += [f"| {b.captions} | {b.confidence:.3f} | {b.right:.3f} |" for b in bins]
    return "\n".join([*lines, "", f"Expected error of the confidence: {error:.3f}"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m captionacc_training", description=__doc__)
    parser.add_argument("command", choices=(*COMMANDS, "all"))
    parser.add_argument("--folder", type=Path, default=Path("training-data"), help="working files")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FOLDER, help="the exported model")
    parser.add_argument("--clips", type=int, default=14_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--split", choices=(TUNING, TEST), default=TUNING)
    return parser


if __name__ == "__main__":
    sys.exit(main())
