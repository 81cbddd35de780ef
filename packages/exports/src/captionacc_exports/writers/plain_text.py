"""Plain text (.txt): what is said, without times."""

from collections.abc import Iterable

from captionacc_exports.cue import Cue


def to_text(cues: Iterable[Cue]) -> str:
    """One line per cue, in the order of their times."""
    return "".join(cue.text.replace("\n", " ") + "\n" for cue in cues)
