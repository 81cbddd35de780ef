"""`python -m captionacc_training`: make the data, train, export and evaluate the extents model.

Each command goes on where an earlier run was cut off. `all` runs them in order from nothing.
"""

import argparse
import sys
from pathlib import Path

import cv2
import torch
from captionacc_media.extents.onnx_network import OnnxNetwork
from captionacc_media.extents.weights import WEIGHTS_FOLDER

from captionacc_training.dataset import make_dataset
from captionacc_training.evaluation import make_sequences, report
from captionacc_training.export import export
from captionacc_training.sources import DEVELOPMENT, TEST, fetch_sources
from captionacc_training.training import Schedule, train

COMMANDS = ("data", "train", "export", "evaluate")


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    root: Path = options.folder
    trained = root / "trained.pt"
    for command in COMMANDS if options.command == "all" else (options.command,):
        if command == "data":
            fetch_sources(root)
            make_dataset(root, options.clips, options.seed, options.processes)
            for split in (DEVELOPMENT, TEST):
                make_sequences(root, split, options.processes)
        elif command == "train":
            schedule = Schedule(seed=options.seed)
            torch.save(train(root, schedule, options.threads).state_dict(), trained)
        elif command == "export":
            if not trained.exists():
                print(f"{trained} is missing: run the train command first.", file=sys.stderr)
                return 2
            export(trained, options.weights)
        else:
            network = OnnxNetwork(threads=options.threads, folder=options.weights)
            print(f"model {network.version}")
            print(report(network, root, options.split))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m captionacc_training", description=__doc__)
    parser.add_argument("command", choices=(*COMMANDS, "all"))
    parser.add_argument("--folder", type=Path, default=Path("training-data"), help="working files")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FOLDER, help="the exported model")
    parser.add_argument("--clips", type=int, default=7000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--split", choices=(DEVELOPMENT, TEST), default=TEST)
    return parser


if __name__ == "__main__":
    sys.exit(main())
