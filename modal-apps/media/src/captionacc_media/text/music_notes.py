"""Repairs music notes that an engine read as letters. Pure.

Captions mark a song with a note at each end of a line. An engine that does not know the note reads
it as a letter of a similar shape, which then stands alone: "S La la la s", "the river sings J".

The rule: letters become notes only in a track that shows a sign of music. A sign is a note that was
read as one, or a line that begins and ends with the same lone letter of ``_LIKE_NOTES``. In such a
track, a lone letter of ``_LIKE_NOTES`` at either end of a line becomes a note, and so do one or two
such letters that are a whole line. Nothing changes in a track without a sign.
"""

from collections.abc import Sequence

NOTE = "♪"
_NOTES = frozenset("♩♪♫♬")
_LIKE_NOTES = frozenset("SsJjd&§$")
"""What engines read for a note. Letters that are words, such as "I" and "a", are not among them."""
_MOST_ALONE = 2
"""A line without words has a note or a pair of notes; "Ssss" is a hiss."""


def with_notes(texts: Sequence[str]) -> list[str]:
    """The texts of a track's captions, with notes where letters were read for them."""
    if not any(_is_sign(line) for text in texts for line in text.split("\n")):
        return list(texts)
    return ["\n".join(map(_repaired, text.split("\n"))) for text in texts]


def _is_sign(line: str) -> bool:
    if _NOTES & set(line):
        return True
    words = line.split()
    return (
        len(words) > 2 and words[0] in _LIKE_NOTES and words[0].casefold() == words[-1].casefold()
    )


def _repaired(line: str) -> str:
    words = line.split()
    symbols = "".join(words)
    if symbols and set(symbols) <= _LIKE_NOTES | _NOTES and len(symbols) <= _MOST_ALONE:
        return " ".join(each if each in _NOTES else NOTE for each in symbols)
    if len(words) < 2:
        return line
    ends = {0, len(words) - 1}
    if not any(words[end] in _LIKE_NOTES for end in ends):
        return line
    return " ".join(
        NOTE if number in ends and word in _LIKE_NOTES else word
        for number, word in enumerate(words)
    )
