"""The folder of a run's results; results that are there are never overwritten silently."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

RESULT_FILES = ("captions.srt", "captions.vtt", "captions.json", "timings.json", "report.html")


@dataclass(frozen=True, kw_only=True)
class ResultFolder:
    """Where results go: the folder at ``path``.

    If ``numbered`` is set and the folder exists, the results go into a new folder beside it, with
    ``-2``, ``-3`` and so on at the end of its name.
    """

    path: Path
    numbered: bool = False

    def make(self) -> Path:
        """Make the folder and return its path."""
        if not self.numbered:
            self.path.mkdir(parents=True, exist_ok=True)
            return self.path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for path in self._names():
            # Two commands can ask for the same name at the same time, so making the folder decides.
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                return path
        raise AssertionError

    def _names(self) -> Iterator[Path]:
        yield self.path
        for number in count(2):
            yield self.path.with_name(f"{self.path.name}-{number}")


def holds_results(folder: Path) -> bool:
    """Whether a run wrote its results into ``folder`` before."""
    return any((folder / name).exists() for name in RESULT_FILES)
