"""Which engine reads which language, and the choice among those of this machine. Pure.

docs/languages.md shows the same table to people; a test holds the two together.
"""

from enum import StrEnum

import msgspec
from captionacc_contracts.languages.default_recogniser import reads_by_default
from captionacc_contracts.languages.iso_639 import LANGUAGES
from captionacc_contracts.languages.language import Language

from captionacc_media.ocr.languages.recognisers import Recogniser, recogniser_of


class Engine(StrEnum):
    """The engines that read on this machine, in the order of choice."""

    DEFAULT = "rapidocr"
    """RapidOCR with the recogniser of its wheel."""
    RECOGNISER = "rapidocr-recogniser"
    """RapidOCR with a recogniser that a person installed."""
    TESSERACT = "tesseract"


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine has beside the default recogniser.

    ``tesseract`` holds Tesseract's names of its languages, such as ``rus`` and ``chi_sim``.
    """

    recognisers: frozenset[Recogniser] = frozenset()
    tesseract: frozenset[str] = frozenset()


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The engine that reads a language here; None when no engine of this machine does.

    ``recogniser`` and ``tesseract`` name what of the engine reads it.
    """

    engine: Engine | None
    recogniser: Recogniser | None = None
    tesseract: str | None = None


_TESSERACT_NAMES = {
    # Tesseract names its data by the three-letter code, except for these.
    "nb": "nor",
    "nn": "nor",
    "ku": "kmr",
    "yue": "chi_tra",
    "ckb": "kur_ara",
}
_TESSERACT_SCRIPTS = {
    ("az", "Cyrl"): "aze_cyrl",
    ("sr", "Latn"): "srp_latn",
    ("uz", "Cyrl"): "uzb_cyrl",
    ("zh", "Hans"): "chi_sim",
    ("zh", "Hant"): "chi_tra",
    ("yue", "Hans"): "chi_sim",
}


def tesseract_name(language: Language) -> str:
    """Tesseract's name of ``language``, whether or not it has data for it."""
    of_script = _TESSERACT_SCRIPTS.get((language.code, language.written_in or ""))
    if of_script is not None:
        return of_script
    listed = LANGUAGES.get(language.code)
    return _TESSERACT_NAMES.get(language.code) or (
        listed.three_letters if listed else language.code
    )


def choose_engine(language: Language | None, installed: Installed) -> Choice:
    """The engine that reads ``language`` here. Without a language, it is the default recogniser.

    An installed recogniser comes before Tesseract, which needs clean pictures.
    """
    if language is None or reads_by_default(language):
        return Choice(engine=Engine.DEFAULT)
    recogniser = recogniser_of(language)
    if recogniser in installed.recognisers:
        return Choice(engine=Engine.RECOGNISER, recogniser=recogniser)
    name = tesseract_name(language)
    if name in installed.tesseract:
        return Choice(engine=Engine.TESSERACT, tesseract=name)
    return Choice(engine=None)


def readable_languages(installed: Installed) -> dict[Engine, list[Language]]:
    """The listed languages that each engine reads here; engines without one are left out."""
    read: dict[Engine, list[Language]] = {engine: [] for engine in Engine}
    for code in LANGUAGES:
        language = Language(code=code)
        engine = choose_engine(language, installed).engine
        if engine is not None:
            read[engine].append(language)
    return {engine: languages for engine, languages in read.items() if languages}
