"""How sure the text of a line is: the calibrated probability that it is right.

What the engines report is far too sure: RapidOCR gave .96 on average to Vietnamese lines of which
one in six was right, because the recogniser leaves out letters that it does not know. The weights
here are logistic regressions on lines of generated text; docs/benchmarks.md has the figures, and
``python -m benchmarks.ocr`` fits and measures them again.
"""

import math
import unicodedata
from collections.abc import Collection, Sequence

import msgspec

from captionacc_media.ocr.recognition.ctc import LineReading


class _Weights(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of a logistic regression.

    ``mean``, ``least`` and ``path`` weigh the reading's evidence: log-odds of the first two, the
    logarithm of the third. ``short`` weighs the logarithm of how many times wider the text should
    be, and ``lacking`` the presence of letters whose language has others that the model lacks.
    """

    constant: float
    path: float = 0.0
    mean: float = 0.0
    least: float = 0.0
    short: float = 0.0
    lacking: float = 0.0


# Fitted on 2,483 lines in 41 languages and measured on 1,464 lines in other fonts.
_RIGHT = _Weights(constant=-2.152, path=0.641, mean=0.870, short=-1.449, lacking=-2.294)
"""The text is exactly what is written (blanks and forms of quotation marks and dashes aside)."""
_MOSTLY_RIGHT = _Weights(constant=-1.997, mean=1.683, short=-2.910)
"""At least half of the text is right."""

# Fitted on 540 lines in nine languages, over which 5-fold cross-validation measured them.
_TESSERACT_RIGHT = _Weights(constant=-1.459, least=1.077)
_TESSERACT_MOSTLY_RIGHT = _Weights(constant=1.075, mean=1.318)

_READABLE = 0.25
"""A text that is less probably half right is unreadable. Of generated lines, this keeps 99.9 % of
those that were read right, and leaves out 78 % of those of which less than half was right; the mean
probability of .5 that was asked before left out 24 %."""

_USUAL_FILL = 1.1
"""Lines that were read right are filled this far or further, by the estimate of the reading."""
_LEAST_ODDS = 1e-3
_LEAST_PATH = 1e-6
_LEAST_FILL = 0.02

_GREEK_SAMPLE, _VIETNAMESE_SAMPLE = "ή", "ế"
"""A recogniser that does not know the letter leaves out many of the language, as the default does:
it has the plain Greek letters, as in formulas, and some Vietnamese ones."""
_VIETNAMESE = frozenset("ơưạồ")
"""Letters that only Vietnamese has, of those that the default recogniser knows."""
_VIETNAMESE_WITH_D = frozenset("âêôăàáãèéìíòóõùúý")
"""Letters that stand beside đ in Vietnamese only: Croatian and Bosnian have none of them."""


def line_confidence(reading: LineReading, known: Collection[str]) -> float:
    """The probability (0 to 1) that the text of ``reading`` is right; 0 for an empty text.

    ``known`` holds the characters that the recogniser knows. The weights are those of the default
    recogniser; the others, which are fetched, were not measured.
    """
    if not reading.text:
        return 0.0
    return _probability(_RIGHT, reading, known)


def is_readable(reading: LineReading) -> bool:
    """Whether the recogniser can read the line: whether at least half of its text may be right."""
    return bool(reading.text) and _probability(_MOSTLY_RIGHT, reading, ()) >= _READABLE


def tesseract_confidence(confidences: Sequence[float]) -> float:
    """The probability that a line is right, from what Tesseract reports for its words (0 to 1)."""
    return _of_words(_TESSERACT_RIGHT, confidences)


def is_tesseract_readable(confidences: Sequence[float]) -> bool:
    """Whether at least half of a line may be right, from what Tesseract reports for its words."""
    return _of_words(_TESSERACT_MOSTLY_RIGHT, confidences) >= _READABLE


def _of_words(weights: _Weights, confidences: Sequence[float]) -> float:
    if not confidences:
        return 0.0
    mean = sum(confidences) / len(confidences)
    return _logistic(
        weights.constant
        + weights.mean * _log_odds(mean)
        + weights.least * _log_odds(min(confidences))
    )


def evidence(reading: LineReading, known: Collection[str]) -> tuple[float, ...]:
    """What the weights weigh: constant, path, mean, least, short and lacking."""
    missing = math.log(_USUAL_FILL / max(reading.filled, _LEAST_FILL))
    return (
        1.0,
        math.log(max(reading.path, _LEAST_PATH)),
        _log_odds(reading.mean),
        _log_odds(reading.least),
        max(0.0, missing),
        float(_lacks_letters(reading.text, known)),
    )


def _probability(weights: _Weights, reading: LineReading, known: Collection[str]) -> float:
    weighed = zip(msgspec.structs.astuple(weights), evidence(reading, known), strict=True)
    return _logistic(sum(weight * value for weight, value in weighed))


def _lacks_letters(text: str, known: Collection[str]) -> bool:
    """Whether ``text`` is in a language of whose letters the recogniser does not know all."""
    letters = set(text.lower())
    if _VIETNAMESE_SAMPLE not in known and (
        letters & _VIETNAMESE or ("đ" in letters and letters & _VIETNAMESE_WITH_D)
    ):
        return True
    return _GREEK_SAMPLE not in known and any(
        unicodedata.name(letter, "").startswith("GREEK") for letter in letters
    )


def _log_odds(probability: float) -> float:
    inside = min(1 - _LEAST_ODDS, max(_LEAST_ODDS, probability))
    return math.log(inside / (1 - inside))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
