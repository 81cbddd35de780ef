"""Writes ``docs/languages.md`` from the table of engines.

Run from the root of the checkout: ``.venv/bin/python -m infra.checks.languages_page``.
"""

from pathlib import Path

from captionacc_contracts.languages.default_recogniser import reads_by_default
from captionacc_contracts.languages.iso_639 import LANGUAGES
from captionacc_contracts.languages.language import Language
from captionacc_media.ocr.languages.engines import tesseract_name
from captionacc_media.ocr.languages.recognisers import recogniser_of

PAGE = Path("docs/languages.md")

_INTRODUCTION = """# Languages

Finding captions needs no reading: the first and last frame of every caption are found in any
script. Their text is read by one of these engines.

- **Google Vision**, in the cloud (`OCR_ENGINE=google-vision`). It gets the language as a hint. It
  reads the languages that Google lists under "OCR language support", which are most of this page.
- **RapidOCR**, on this machine, with the recogniser in its package. It reads Chinese, Japanese,
  English and most other languages in Latin letters. It lacks some letters of Vietnamese, Yoruba,
  Igbo, Guarani, Venda and Marshallese, and leaves those letters out; it is not used for them.
- **RapidOCR with another recogniser**, for Cyrillic, Korean, Devanagari, Thai, Greek, Tamil
  and Telugu. `captionacc languages install LANG` fetches it (8 to 14 MB) from the server that the
  package rapidocr names, or from the same path below `--mirror URL`. Nothing is ever fetched
  unasked. Recognisers are kept in `~/.cache/captionacc/recognisers`; the setting
  `COMPUTE_RECOGNISERS` names another folder. RapidOCR's recogniser for Latin letters is not
  offered: it knows fewer letters than the one in the package.
- **Tesseract**, on this machine, where the program and the data of the language are installed
  (Debian: `apt-get install tesseract-ocr tesseract-ocr-rus`). RapidOCR finds the lines, and
  Tesseract reads them.

An installed recogniser is used before Tesseract, which needs cleaner pictures. Without a language,
RapidOCR reads with the recogniser in its package. `captionacc languages` lists what this machine
reads; `captionacc doctor` and `captionacc status` say it too.

## Naming a language

`captionacc run --language`, the column `videos.language` and the query parameter `language` of
`request-ocr` take a BCP 47 tag (`zh`, `zh-Hant`, `sr-Latn`, `pt-BR`), an ISO 639 code (`rus`,
`chi_sim`) or an English name (`Russian`). Other texts are refused with a sentence. When no engine
of this machine reads the language, the command says so before work starts.

## Which engine reads which language

"RapidOCR" says `yes` where the recogniser in the package reads the language in its usual script,
and else names the recogniser that does. "Tesseract" is Tesseract's name of the language; data for
it may not exist for rare languages. A script in the tag decides before the usual one: `sr-Latn` is
read by the recogniser in the package.

| code | language | RapidOCR | Tesseract |
|---|---|---|---|
"""


def markdown() -> str:
    """The text of the page."""
    rows = []
    for code, listed in LANGUAGES.items():
        language = Language(code=code)
        recogniser = recogniser_of(language)
        rapid = "yes" if reads_by_default(language) else recogniser or "-"
        rows.append(f"| {code} | {listed.name} | {rapid} | `{tesseract_name(language)}` |\n")
    return _INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(markdown(), "utf-8")
