"""The program ``tesseract`` of this machine: whether it is there, and the languages it has."""

import shutil
import subprocess

PROGRAM = "tesseract"
_LIST_TIMEOUT_S = 10.0
_NO_LANGUAGES = frozenset({"osd", "equ", "snum"})
"""Data files that hold no language: orientation, equations, serial numbers."""


def installed_languages() -> frozenset[str]:
    """Tesseract's names (``rus``, ``chi_sim``) of the languages it has here.

    Empty when the program is missing or does not work. Blocks for about 20 ms.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        return frozenset()
    try:
        listed = subprocess.run(
            [program, "--list-langs"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIST_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    # The first line is a heading; releases before 5 print the list to stderr.
    lines = (listed.stdout or listed.stderr).splitlines()[1:]
    return frozenset(lines) - _NO_LANGUAGES - {""}
