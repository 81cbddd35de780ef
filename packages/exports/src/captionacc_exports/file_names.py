"""Names of exported files."""

import re
import unicodedata

_UNSAFE = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]+')
"""Characters that file systems or the header of a download do not take."""
_LONGEST = 120
"""File systems take names of 255 bytes, and a character has up to 4 in UTF-8; this leaves room for
the language and the extension of names in most scripts."""
_LONGEST_BYTES = 200
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{2,4}$")
"""Of a video file."""


def file_name(display_name: str, language: str | None, extension: str) -> str:
    """The name of an exported file, such as ``holiday.zh.srt`` for the video ``holiday.mp4``.

    Players find subtitles by this form. The language is left out when it is not known.
    """
    stem = _EXTENSION.sub("", unicodedata.normalize("NFC", display_name))
    stem = _UNSAFE.sub("_", stem).strip(" .")[:_LONGEST]
    stem = stem.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip(" .") or "captions"
    return ".".join(part for part in (stem, language, extension) if part)
