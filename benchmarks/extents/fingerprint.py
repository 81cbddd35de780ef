"""Print digests of what the model finds: ``python -m benchmarks.extents.fingerprint``.

Two commits find the same captions, to the last bit, when their lines are equal. One line per
sequence of the tuning split has four digests: of the kept scores, of the extents with their
confidences, of the predictions for neighbouring frames, and of the true captions. To compare the
scores of two commits, make them anew with each: ``python -m captionacc_training evaluate``.

    python -m benchmarks.extents.fingerprint --folder training-data > before.txt
    python -m benchmarks.extents.fingerprint --folder training-data | diff before.txt -
"""

import argparse
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from captionacc_contracts.frames.extents import CaptionExtent, PairLabel, PairResult
from captionacc_extents.decoding.decode import decode
from captionacc_extents.decoding.pairs import pair_results
from captionacc_extents.network.weights import WEIGHTS_FOLDER, read_rules, scores_version
from captionacc_extents.reading.scores import FrameScores
from captionacc_training.data.sources import TUNING
from captionacc_training.evaluation.evaluation import kept_scores

SHOWN = 16
"""Hexadecimal digits of a digest that are printed."""


def main() -> None:
    """Print a line per sequence and one for all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("training-data"), help="data of the training"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FOLDER, help="the model")
    options = parser.parse_args()
    rules = read_rules(options.weights)
    lines = []
    for item in kept_scores(options.folder, scores_version(options.weights), TUNING):
        digests = [
            scores_digest(item.scores),
            extents_digest(decode(item.scores, rules)),
            pairs_digest(pair_results(item.scores)),
            _digest(str(item.truth)),
        ]
        lines.append(f"{item.name} {' '.join(digests)}")
        print(lines[-1], flush=True)
    print(f"all {_digest(*lines)}")


def scores_digest(scores: FrameScores) -> str:
    """Digest of the type, shape and bytes of each row of scores."""
    digest = hashlib.sha256()
    for name in sorted(scores.__dataclass_fields__):
        values = np.ascontiguousarray(getattr(scores, name))
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()[:SHOWN]


def extents_digest(extents: Sequence[CaptionExtent]) -> str:
    """Digest of the extents, with all bits of their confidences."""
    return _digest(
        *(f"{e.start_frame} {e.end_frame} {e.kind} {e.confidence.hex()}" for e in extents)
    )


def pairs_digest(pairs: Iterable[PairResult]) -> str:
    """Digest of the class probabilities of each pair of neighbouring frames."""
    return _digest(
        *(
            " ".join(
                side.of(label).hex() for side in (p.forward, p.backward) for label in PairLabel
            )
            for p in pairs
        )
    )


def _digest(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:SHOWN]


if __name__ == "__main__":
    main()
