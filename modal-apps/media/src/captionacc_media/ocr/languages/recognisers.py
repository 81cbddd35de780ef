"""RapidOCR's recognisers for other scripts: what each reads, and where its model is kept.

The wheel of RapidOCR holds the default recogniser only. The others are fetched once, when a person
asks for them, into a folder that all stacks of a user share.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from captionacc_contracts.languages.language import Language


class Recogniser(StrEnum):
    """RapidOCR's names of its recognisers."""

    ESLAV = "eslav"
    CYRILLIC = "cyrillic"
    KOREAN = "korean"
    DEVANAGARI = "devanagari"
    THAI = "th"
    GREEK = "el"
    TAMIL = "ta"
    TELUGU = "te"


SCRIPTS: Mapping[Recogniser, frozenset[str]] = {
    Recogniser.CYRILLIC: frozenset({"Cyrl"}),
    Recogniser.KOREAN: frozenset({"Kore", "Hang"}),
    Recogniser.DEVANAGARI: frozenset({"Deva"}),
    Recogniser.THAI: frozenset({"Thai"}),
    Recogniser.GREEK: frozenset({"Grek"}),
    Recogniser.TAMIL: frozenset({"Taml"}),
    Recogniser.TELUGU: frozenset({"Telu"}),
}
"""The scripts of the recognisers that read every language of their script. RapidOCR's Arabic one is
left out: its text is in visual order, from left to right. Tesseract reads Arabic."""
EAST_SLAVIC = frozenset({"ru", "uk", "be"})
"""Languages in Cyrillic letters that have a recogniser of their own, ``eslav``."""


def recogniser_of(language: Language) -> Recogniser | None:
    """The recogniser that reads ``language``; None when RapidOCR has none for its script."""
    script = language.written_in
    if language.code == "grc":
        # The Greek recogniser knows modern accents only.
        return None
    if script == "Cyrl" and language.code in EAST_SLAVIC:
        return Recogniser.ESLAV
    return next((each for each, scripts in SCRIPTS.items() if script in scripts), None)


def default_folder() -> Path:
    """Where recognisers are kept unless a setting names another folder."""
    return Path("~/.cache/captionacc/recognisers").expanduser()


def model_file(folder: Path, recogniser: Recogniser) -> Path:
    """Where ``folder`` keeps the model of ``recogniser``, under the name that RapidOCR gives it."""
    return folder / f"{recogniser}_PP-OCRv5_rec_mobile.onnx"


def installed_recognisers(folder: Path) -> frozenset[Recogniser]:
    """The recognisers that ``folder`` holds."""
    return frozenset(each for each in Recogniser if model_file(folder, each).is_file())
