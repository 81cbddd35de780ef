"""Whether the text of a video's captions could be read, and the sentence that says so. Pure."""

from collections.abc import Sequence

import msgspec
from captionacc_contracts.languages.language import Language

from captionacc_media.ocr.languages.engines import Installed, choose_engine, tesseract_name
from captionacc_media.ocr.languages.recognisers import recogniser_of
from captionacc_media.ocr.protocol import OcrPage
from captionacc_media.text.boxes import TextBox

_MOST = 0.5
"""Text counts as unread when more than this share of it (by width of boxes, and by captions) is
unreadable. A logo that cannot be read does not hide captions that can."""


class Readability(msgspec.Struct, frozen=True, kw_only=True):
    """``captions`` is how many captions show text, ``unread`` how many could not be read.

    ``sentence`` is for the person who waits for the text; None when most captions were read.
    """

    captions: int
    unread: int
    sentence: str | None = None


def is_unread(boxes: Sequence[TextBox]) -> bool:
    """Whether the boxes of a caption hold text that the engine could not read, for the most part.

    False for a caption without boxes: there is nothing to read.
    """
    seen = sum(box.width for box in boxes)
    unreadable = sum(box.width for box in boxes if not box.readable)
    return seen > 0 and unreadable > _MOST * seen


def readability(
    pages: Sequence[OcrPage], language: Language | None, installed: Installed
) -> Readability:
    """The verdict about the captions of one video.

    Args:
        pages: what the engine read in the picture of each caption.
        language: the language that the person named.
        installed: what this machine has, for the advice in the sentence.
    """
    shown = [page.boxes for page in pages if page.boxes]
    unread = sum(map(is_unread, shown))
    if unread <= _MOST * len(shown):
        return Readability(captions=len(shown), unread=unread)
    found = "1 caption was" if unread == 1 else f"{unread} captions were"
    start = f"{found} found; {'its' if unread == 1 else 'their'} text was not read: "
    return Readability(
        captions=len(shown),
        unread=unread,
        sentence=start + _reason(language, installed),
    )


def unread_before_work(language: Language | None, installed: Installed) -> str | None:
    """What is said before work starts about a wanted language that no engine here reads."""
    if language is None or choose_engine(language, installed).engine is not None:
        return None
    return (
        f"No engine here reads {language.name}. The first and last frame of every caption are "
        f"still found. {_remedy(language)}"
    )


def _reason(language: Language | None, installed: Installed) -> str:
    if language is None:
        return (
            "no engine here recognised its letters. Name the language with --language, for example "
            "--language ru; `captionacc languages` lists what this machine reads."
        )
    if choose_engine(language, installed).engine is None:
        return f"no engine here reads {language.name}. {_remedy(language)}"
    return (
        f"the letters did not look like {language.name}. Check the language, or run again with a "
        "crop region that fits the captions."
    )


def _remedy(language: Language) -> str:
    """How this machine comes to read ``language``."""
    if recogniser_of(language) is not None:
        return (
            f"Run `captionacc languages install {language.tag}`, or install Tesseract with "
            f"{language.name} (Debian: {_package(language)})."
        )
    return other_engines(language)


def other_engines(language: Language) -> str:
    """What reads a language for which RapidOCR has no recogniser."""
    return (
        f"Install Tesseract with {language.name} (Debian: {_package(language)}), or use Google "
        "Vision (OCR_ENGINE=google-vision)."
    )


def _package(language: Language) -> str:
    return f"tesseract-ocr-{tesseract_name(language).replace('_', '-')}"
