"""The data of a stack on the disk: what there is, and its removal."""

import contextlib
import shutil
from pathlib import Path

from captionacc_stack.home import Home

# The unit of ``st_blocks``, whatever the blocks of the file system are.
_BLOCK_BYTES = 512


def data_of(home: Home) -> list[Path]:
    """The files and folders that the stack at ``home`` made, as far as they are there.

    Other files are not the stack's, even if they are in the same folder. The lock files do not
    count: a command that waits for one would otherwise hold a lock that nobody else sees.
    """
    own = (
        home.postgres,
        home.swift,
        home.prefect,
        home.compute,
        home.sample,
        home.logs,
        *home.root.glob("postgres-program-*"),
        # A save of the state that a crash cut off.
        *home.root.glob(".stack-*"),
        # Last, so that a removal that is cut off can go on.
        home.state_file,
    )
    return [path for path in own if path.is_symlink() or path.exists()]


def size_of(paths: list[Path]) -> int:
    """The space that the files take on the disk, in bytes."""
    return sum(_space(path) for path in paths)


def remove(paths: list[Path]) -> None:
    """Remove files and folders; where one is a link, also what it leads to."""
    for path in paths:
        real = path.resolve()
        if real.is_dir():
            shutil.rmtree(real)
        else:
            real.unlink(missing_ok=True)
        if path.is_symlink():
            path.unlink()


def _space(path: Path) -> int:
    real = path.resolve()
    taken = 0
    for file in [real, *real.rglob("*")] if real.is_dir() else [real]:
        # A running server removes files too.
        with contextlib.suppress(FileNotFoundError):
            taken += file.lstat().st_blocks * _BLOCK_BYTES
    return taken
