"""Measure the confidence of the default recogniser: ``python -m benchmarks.ocr [LINES] [SEED]``.

Draws LINES lines in each of 40 languages, with fonts of this machine. Two fifths of the fonts are
held back: on them the error of the shipped confidence is measured, beside that of RapidOCR's own.
The weights that the other fonts would give are printed too.
"""

import hashlib
import re
import sys
import unicodedata
from pathlib import Path

import msgspec
import numpy as np
from captionacc_media.ocr.recognition import confidence
from captionacc_media.ocr.recognition.line_detector import LineDetector, packaged_model
from captionacc_media.ocr.recognition.line_recogniser import LineRecogniser

from benchmarks.ocr.calibration import expected_error, fitted
from benchmarks.ocr.lines import LANGUAGES, drawn_lines

MODEL = packaged_model("PP-OCRv6_rec_small.onnx")
_SAME = str.maketrans("‘’ʼ“”–—‐·•", "'''\"\"---..")  # noqa: RUF001  forms that count as equal


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what was said about it, and whether that is so."""

    language: str
    held_back: bool
    right: bool
    said: float
    raw: float
    features: tuple[float, ...]


def measured_lines(lines: int, seed: int) -> list[Measured]:
    """Read ``lines`` lines of every language; those that are found in one piece are measured."""
    detector, recogniser = LineDetector(), LineRecogniser(MODEL)
    found: list[Measured] = []
    for language in LANGUAGES:
        for drawn in drawn_lines(language, lines, seed):
            pieces = detector.find(drawn.image)
            if len(pieces) != 1:
                continue
            [reading] = recogniser.read([pieces[0].image])
            if not reading.text:
                continue
            found.append(
                Measured(
                    language=language,
                    held_back=_held_back(drawn.font),
                    right=_plain(reading.text) == _plain(drawn.text),
                    said=confidence.line_confidence(reading, recogniser.characters),
                    raw=reading.mean,
                    features=confidence.evidence(reading, recogniser.characters),
                )
            )
    return found


def _held_back(font: str) -> bool:
    return int(hashlib.sha256(Path(font).name.encode()).hexdigest(), 16) % 5 < 2


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).translate(_SAME)).strip()


def main(lines: int = 110, seed: int = 1) -> None:
    """Print the errors, one line per language, and the weights."""
    found = measured_lines(lines, seed)
    held = [each for each in found if each.held_back]
    right = np.array([each.right for each in held], float)
    said, raw = (np.array([getattr(each, name) for each in held]) for name in ("said", "raw"))
    print(f"{len(held)} lines in fonts held back, {right.mean():.3f} right")
    print(
        f"expected error: {expected_error(said, right):.3f}, RapidOCR's own score "
        f"{expected_error(raw, right):.3f}"
    )
    for language in LANGUAGES:
        of = [each for each in held if each.language == language]
        if of:
            shares = (
                sum(values) / len(of)
                for values in zip(*((each.right, each.said, each.raw) for each in of), strict=True)
            )
            print(language, len(of), *(f"{share:.2f}" for share in shares))
    others = [each for each in found if not each.held_back]
    weights = fitted(
        np.array([each.features for each in others]),
        np.array([each.right for each in others], float),
    )
    print("weights of the other fonts:", ", ".join(f"{weight:.3f}" for weight in weights))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
