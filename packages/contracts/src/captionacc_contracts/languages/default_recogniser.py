"""Which languages the recogniser in RapidOCR's package reads; others take more work. Pure."""

from captionacc_contracts.languages.language import Language

DEFAULT_SCRIPTS = frozenset({"Latn", "Hans", "Hant", "Hani", "Jpan", "Hira", "Kana"})
"""The scripts that the default recogniser reads."""
LACKING_LETTERS = frozenset({"vi", "yo", "ig", "gn", "ve", "mh"})
"""Languages in Latin letters of which the default recogniser lacks some, such as the Vietnamese ổ.
It leaves those letters out, so what it reads is wrong though it looks right."""


def reads_by_default(language: Language) -> bool:
    """Whether the default recogniser knows the letters of ``language``."""
    return language.written_in in DEFAULT_SCRIPTS and not (
        language.written_in == "Latn" and language.code in LACKING_LETTERS
    )
