"""Where an exported file goes; a file that is there is never replaced silently."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO


@dataclass(frozen=True, kw_only=True)
class Destination:
    """What a person said with ``-o`` and ``--overwrite``.

    Without a path, or with the path of a folder, the file gets the name of its video.
    """

    path: Path | None
    overwrite: bool

    @property
    def is_named(self) -> bool:
        """Whether the person named the file itself."""
        return self.path is not None and not self.path.is_dir()

    @property
    def folder(self) -> Path:
        if self.path is None:
            return Path()
        return self.path.parent if self.is_named else self.path

    @contextlib.contextmanager
    def opened(self, name: str, extension: str) -> Iterator["Opened"]:
        """A new file, which takes its place at the end of the block unless the block fails.

        If a file with that name is there, a file that the person did not name gets ``-2``, ``-3``
        and so on before its extension.

        Args:
            name: the name of a file that the person did not name.
            extension: the end of ``name`` from which on the name stays, without the dot.

        Raises:
            FileExistsError: the named file is there and may not be replaced.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        wanted = self.path if self.path is not None and self.is_named else self.folder / name
        partial = wanted.with_name(f".{wanted.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                opened = Opened(file=file, path=wanted)
                yield opened
            if not self.overwrite:
                opened.path = self._taken(wanted, extension)
            partial.replace(opened.path)
        finally:
            partial.unlink(missing_ok=True)

    def _taken(self, wanted: Path, extension: str) -> Path:
        """The first free name, at which there is an empty file from now on."""
        if self.is_named:
            wanted.touch(exist_ok=False)
            return wanted
        for candidate in _names(wanted, extension):
            # Two commands can ask for the same name at the same time, so making the file decides.
            with contextlib.suppress(FileExistsError):
                candidate.touch(exist_ok=False)
                return candidate
        raise AssertionError


@dataclass(kw_only=True)
class Opened:
    """A file to write to; ``path`` is where it is after the block."""

    file: IO[bytes]
    path: Path


def _names(path: Path, extension: str) -> Iterator[Path]:
    yield path
    stem = path.name.removesuffix(f".{extension}")
    for number in count(2):
        yield path.with_name(f"{stem}-{number}.{extension}")
