"""What this machine reads, for ``captionacc languages``, ``doctor``, ``status`` and ``run``."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from captionacc_contracts.languages.iso_639 import LANGUAGES
from captionacc_contracts.languages.language import Language, parse_optional_language
from captionacc_contracts.work.versions import OcrEngineName
from captionacc_media.ocr.languages.engines import (
    Engine,
    Installed,
    choose_engine,
    readable_languages,
)
from captionacc_media.ocr.languages.readability import unread_before_work
from captionacc_media.ocr.languages.recognisers import (
    default_folder,
    installed_recognisers,
    recogniser_of,
)
from captionacc_media.ocr.tesseract.program import installed_languages

_FOLDER = "COMPUTE_RECOGNISERS"
_ENGINE = "OCR_ENGINE"
_TITLES = {
    Engine.DEFAULT: "RapidOCR, in the package",
    Engine.RECOGNISER: "RapidOCR, with installed recognisers",
    Engine.TESSERACT: "Tesseract",
}
_WIDTH = 100


def recogniser_folder(environ: Mapping[str, str]) -> Path:
    """Where the recognisers of this user are kept."""
    named = environ.get(_FOLDER)
    return Path(named).expanduser() if named else default_folder()


def installed_here(environ: Mapping[str, str]) -> Installed:
    """What this machine has beside the default recogniser."""
    return Installed(
        recognisers=installed_recognisers(recogniser_folder(environ)),
        tesseract=installed_languages(),
    )


def warning(tag: str | None, environ: Mapping[str, str]) -> str | None:
    """The sentence for a person whose wanted language no engine here reads, before work starts."""
    if _by_google(environ):
        return None
    language = parse_optional_language(tag)
    if choose_engine(language, Installed()).engine is Engine.DEFAULT:
        return None
    return unread_before_work(language, installed_here(environ))


def summary(environ: Mapping[str, str]) -> str:
    """What is read here, in one line."""
    if _by_google(environ):
        return "Google Vision reads every language that docs/languages.md names"
    read = readable_languages(installed_here(environ))
    others = len(read[Engine.DEFAULT]) - 3
    parts = [f"RapidOCR: Chinese, Japanese, English and {others} others"]
    parts += [
        f"{_TITLES[engine]}: {', '.join(language.name for language in read[engine])}"
        for engine in (Engine.RECOGNISER, Engine.TESSERACT)
        if engine in read
    ]
    return "; ".join(parts)


def table(installed: Installed) -> str:
    """The languages that each engine reads here, and those whose recogniser can be installed."""
    read = readable_languages(installed)
    known = {language.code for languages in read.values() for language in languages}
    paragraphs = [
        _paragraph(f"{_TITLES[engine]}:", languages) for engine, languages in read.items()
    ]
    others = [Language(code=code) for code in LANGUAGES if code not in known]
    installable = [language for language in others if recogniser_of(language) is not None]
    if installable:
        title = "Not read here; `captionacc languages install LANG` fetches a recogniser:"
        paragraphs.append(_paragraph(title, installable))
    rest = [language for language in others if recogniser_of(language) is None]
    title = "Not read here; Tesseract or Google Vision may read it (docs/languages.md):"
    paragraphs.append(_paragraph(title, rest))
    return "\n\n".join(paragraphs)


def tags(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """The BCP 47 tags of the languages that each engine reads here."""
    if _by_google(environ):
        return {OcrEngineName.GOOGLE_VISION.value: []}
    read = readable_languages(installed_here(environ))
    return {engine.value: [each.tag for each in languages] for engine, languages in read.items()}


def _by_google(environ: Mapping[str, str]) -> bool:
    return environ.get(_ENGINE) == OcrEngineName.GOOGLE_VISION


def _paragraph(title: str, languages: Sequence[Language]) -> str:
    names = ", ".join(f"{language.name} ({language.tag})" for language in languages)
    body = textwrap.fill(
        names, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    return f"{title}\n{body}"
