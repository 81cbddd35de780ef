"""A language as a value: read from a BCP 47 tag, an ISO 639 code or an English name."""

import difflib
import re

import msgspec

from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_contracts.languages.iso_639 import LANGUAGES

_TAG = re.compile(
    r"(?P<code>[a-z]{2,3})(-[a-z]{3}){0,3}(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?"
)
"""The form of a tag in BCP 47 (RFC 5646, section 2.1), in lower case."""

_TRADITIONAL_REGIONS = frozenset({"TW", "HK", "MO"})
"""Regions where Chinese is usually written in traditional characters."""

_UNSAID = frozenset({"", "auto", "und", "mul", "mis", "zxx"})
"""Answers that name no language; most are special codes of ISO 639."""

_OTHER_NAMES = {
    # What people type for a tag: country codes, codes of Tesseract, former codes.
    "cn": "zh",
    "jp": "ja",
    "cz": "cs",
    "gr": "el",
    "dk": "da",
    "ua": "uk",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "mo": "ro",
    "cmn": "zh",
    "chs": "zh-Hans",
    "cht": "zh-Hant",
    "chi-sim": "zh-Hans",
    "chi-tra": "zh-Hant",
    "kmr": "ku",
    "kur-ara": "ckb",
    # Names beside those of the table.
    "mandarin": "zh",
    "simplified chinese": "zh-Hans",
    "chinese simplified": "zh-Hans",
    "traditional chinese": "zh-Hant",
    "chinese traditional": "zh-Hant",
    "brazilian portuguese": "pt-BR",
    "farsi": "fa",
    "flemish": "nl",
    "myanmar": "my",
    "panjabi": "pa",
    "pushto": "ps",
    "uighur": "ug",
    "valencian": "ca",
    "castilian": "es",
    "gaelic": "gd",
}


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """A language, with the script and region that the tag names.

    ``code`` is the two-letter code of ISO 639 where there is one, else the three-letter code.
    Variants and extensions of a tag are not kept, because no OCR engine distinguishes them.
    """

    code: str
    script: str | None = None
    region: str | None = None

    @property
    def tag(self) -> str:
        """The BCP 47 tag, for example ``zh-Hant`` or ``pt-BR``."""
        return "-".join(part for part in (self.code, self.script, self.region) if part)

    @property
    def name(self) -> str:
        """The English name; the tag when the language is not in our table."""
        listed = LANGUAGES.get(self.code)
        if listed is None:
            return self.tag
        if self.code == "zh" and self.script in _CHINESE_NAMES:
            return _CHINESE_NAMES[self.script]
        return f"{listed.name} ({self.script})" if self.script else listed.name

    @property
    def written_in(self) -> str | None:
        """The ISO 15924 code of the script: what the tag says, else the usual script."""
        if self.script is not None:
            return self.script
        listed = LANGUAGES.get(self.code)
        if self.code == "zh" and self.region in _TRADITIONAL_REGIONS:
            return "Hant"
        return listed.script if listed else None


_CHINESE_NAMES = {"Hans": "simplified Chinese", "Hant": "traditional Chinese"}


def parse_language(text: str) -> Language:
    """Read a tag (``zh-Hans``, ``zh_CN``), a code (``eng``, ``chi_sim``) or a name (``chinese``).

    A three-letter code that is not in our table is taken as it is: ISO 639-3 has thousands.

    Raises:
        PermanentError: ``language_invalid`` when ``text`` names no language.
    """
    given = " ".join(text.split()).casefold().replace("_", "-")
    given = _OTHER_NAMES.get(given) or _BY_NAME.get(given, given)
    found = _TAG.fullmatch(given.casefold())
    code = found["code"] if found else ""
    code = _BY_CODE.get(code) or _OTHER_NAMES.get(code, code)
    if found is None or (len(code) == 2 and code not in LANGUAGES):
        raise PermanentError(ErrorCode.LANGUAGE_INVALID, _refusal(text, given))
    script, region = found["script"], found["region"]
    return Language(
        code=code,
        script=script.capitalize() if script else None,
        region=region.upper() if region else None,
    )


def parse_optional_language(text: str | None) -> Language | None:
    """Read a language like :func:`parse_language`; None when ``text`` says none (``und``, empty).

    Raises:
        PermanentError: ``language_invalid`` when ``text`` names no language.
    """
    if text is None or text.strip().casefold() in _UNSAID:
        return None
    return parse_language(text)


def language_tag(text: str | None) -> str | None:
    """The BCP 47 tag of the language that ``text`` says, as the stores and the engines get it.

    Raises:
        PermanentError: ``language_invalid`` when ``text`` names no language.
    """
    language = parse_optional_language(text)
    return None if language is None else language.tag


def _refusal(text: str, given: str) -> str:
    close = difflib.get_close_matches(given, _BY_NAME, n=1, cutoff=0.75)
    meant = f"Did you mean {LANGUAGES[_BY_NAME[close[0]]].name}? " if close else ""
    return (
        f"{text[:40]!r} is not a language. {meant}Give a BCP 47 tag, for example zh, en or"
        " sr-Latn, or an English name, for example Russian."
    )


_BY_NAME = {listed.name.casefold(): listed.code for listed in LANGUAGES.values()}
_BY_CODE = {
    code: listed.code
    for listed in LANGUAGES.values()
    for code in (listed.code, listed.three_letters, listed.bibliographic)
    if code is not None
}
