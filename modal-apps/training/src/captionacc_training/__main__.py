"""`python -m captionacc_training`: make the data, train, export, tune and evaluate the model.

Each command continues where an earlier run was interrupted. `all` runs the commands in order, from
downloads to the model card. Only `evaluate --split test` looks at the test split, also as a part
of `all`; each look is counted. `tune` keeps the rules that it found as `decoding.json` in the
folder, and the commands after it use them. To ship them, copy that file over the `decoding.json`
beside the weights and run `digests`, which gives the model its new version.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import cv2
import msgspec
import torch
from captionacc_extents.network.onnx_network import OnnxNetwork
from captionacc_extents.network.stroke_network import StrokeModule
from captionacc_extents.network.weights import (
    RULES,
    SAFETENSORS,
    WEIGHTS_FOLDER,
    model_version,
    read_rules,
    read_weights,
    scores_version,
    shipped_rules,
    write_digests,
    write_rules,
)
from captionacc_scoring.table import table
from safetensors.torch import load

from captionacc_training.data.dataset import make_dataset, open_dataset
from captionacc_training.data.sources import TEST, TUNING, fetch_sources
from captionacc_training.data.splits import manifest_text
from captionacc_training.evaluation.calibration import outcomes, reliability
from captionacc_training.evaluation.card import (
    Looks,
    Trained,
    confidence_table,
    weight_count,
    write_card,
)
from captionacc_training.evaluation.evaluation import (
    Scored,
    kept_scores,
    make_sequences,
    measured,
    score_all,
    sequence_bands,
)
from captionacc_training.evaluation.looks import count_looks, record_look
from captionacc_training.evaluation.tuned_rules import read_tuned, write_tuned
from captionacc_training.evaluation.tuning import tune
from captionacc_training.learning.curves import read_curves
from captionacc_training.learning.export import export
from captionacc_training.learning.hardware import cores, found_hardware
from captionacc_training.learning.training import FULL, REDUCED, train, trained_schedule

COMMANDS = ("data", "train", "export", "tune", "evaluate", "card", "digests")

ALL = (
    *((command, TUNING) for command in ("data", "train", "export", "tune", "evaluate")),
    ("evaluate", TEST),
    ("card", TEST),
)
"""The commands that `all` runs, each with its split; only `evaluate` needs one."""


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    root: Path = options.folder
    trained = root / "trained.pt"
    for command, split in ALL if options.command == "all" else ((options.command, options.split),):
        if command == "data":
            fetch_sources(root)
            make_dataset(root, options.clips, options.seed, options.processes)
            for of_sequences in (TUNING, TEST):
                make_sequences(root, of_sequences, options.processes)
            (root / "splits.json").write_text(manifest_text(), "utf-8")
        elif command == "train":
            hardware = found_hardware(options.threads)
            size = FULL if hardware.device == "cuda" else REDUCED
            schedule = msgspec.structs.replace(size, seed=options.seed)
            print(hardware, schedule, flush=True)
            torch.save(train(root, schedule, hardware).state_dict(), trained)
        elif command == "export":
            if not trained.exists():
                print(f"{trained} is missing: run the train command first.", file=sys.stderr)
                return 2
            if not (options.weights / RULES).exists():
                write_rules(options.weights, shipped_rules())
            export(trained, options.weights)
        elif command == "tune":
            scored = _scored(options, TUNING)
            rules = read_rules(options.weights)
            rules = tune(scored, rules, lambda line: print(line, flush=True), options.processes)
            write_tuned(root, rules)
            print(rules.decoding)
        elif command == "digests":
            write_digests(options.weights)
            print(f"model {model_version(options.weights)}")
        elif command == "evaluate":
            _evaluate(options, split)
        else:
            try:
                print(_card(options))
            except RuntimeError as error:
                print(f"No card: {error}", file=sys.stderr)
                return 2
    return 0


def _scored(options: argparse.Namespace, split: str) -> list[Scored]:
    network = OnnxNetwork(folder=options.weights)
    print(f"model {network.version}, {split} split", flush=True)
    version = scores_version(options.weights)
    return score_all(network, version, options.folder, split, options.threads)


def _evaluate(options: argparse.Namespace, split: str) -> None:
    scored = _scored(options, split)
    rules = read_tuned(options.folder, read_rules(options.weights))
    if split == TEST:
        record_look(options.folder, model_version(options.weights))
    print(rules.decoding)
    print(table(measured(scored, rules)))
    print("\n" + confidence_table(*reliability(*outcomes(scored, rules))))


def _card(options: argparse.Namespace) -> Path:
    """Write the card from what other commands wrote; raises RuntimeError if a file is missing."""
    root: Path = options.folder
    version = model_version(options.weights)
    module = StrokeModule()
    module.load_state_dict(load(read_weights(SAFETENSORS, options.weights)))
    of_this_model, in_all = count_looks(root, version)
    return write_card(
        options.out or root / "card",
        Trained(
            version=version,
            weights=weight_count(module),
            clips=len(open_dataset(root)),
            schedule=trained_schedule(root) or REDUCED,
            curves=read_curves(root),
        ),
        {
            split: kept_scores(root, scores_version(options.weights), split)
            for split in (TUNING, TEST)
        },
        read_tuned(root, read_rules(options.weights)),
        Looks(of_this_model=of_this_model, in_all=in_all),
        partial(sequence_bands, root, TUNING),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m captionacc_training", description=__doc__)
    parser.add_argument("command", choices=(*COMMANDS, "all"))
    parser.add_argument("--folder", type=Path, default=Path("training-data"), help="working files")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FOLDER, help="the exported model")
    parser.add_argument("--clips", type=int, default=20_000, help="number of training clips")
    parser.add_argument("--seed", type=int, default=1, help="seed of clips and training")
    parser.add_argument("--threads", type=int, default=cores(), help="threads of the network")
    parser.add_argument("--processes", type=int, default=cores(), help="processes of data, tune")
    parser.add_argument("--split", choices=(TUNING, TEST), default=TUNING, help="for evaluate")
    parser.add_argument("--out", type=Path, help="where the card goes; FOLDER/card when not given")
    return parser


if __name__ == "__main__":
    sys.exit(main())
