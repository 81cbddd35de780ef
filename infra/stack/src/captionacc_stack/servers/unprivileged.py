"""The account for servers that refuse to run as root, and the folders that it can reach."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SHARED_STATE = Path("/var/lib/captionacc")
READ_AND_SEARCH = stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True, kw_only=True)
class Account:
    uid: int
    gid: int


def account() -> Account | None:
    """The account to change to; None when the caller is not root."""
    if os.geteuid() != 0:
        return None
    # initdb looks up its account, so the account must exist on the machine.
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def can_reach(path: Path, who: Account) -> bool:
    """Whether ``who`` may pass through every folder above ``path``."""
    return all(_may_search(folder, who) for folder in path.absolute().parents if folder.exists())


def _may_search(folder: Path, who: Account) -> bool:
    status = folder.stat()
    if status.st_uid == who.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == who.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def reachable_directory(wanted: Path, who: Account | None) -> Path:
    """Make ``wanted`` and return it; if ``who`` cannot reach it, make it a link to another folder.

    Root often keeps its state in a home that is closed to others. Keeping the server's files
    elsewhere is better than opening that home.
    """
    wanted = wanted.absolute()
    if who is None or wanted.is_symlink() or can_reach(wanted, who):
        wanted.mkdir(parents=True, exist_ok=True)
        return wanted.resolve()
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    real = SHARED_STATE / f"{wanted.name}-{digest}"
    real.mkdir(parents=True, exist_ok=True)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.symlink_to(real, target_is_directory=True)
    return real


def readable_copy(base: Path, trees: Iterable[str], copy: Path, who: Account | None) -> Path:
    """Return ``base`` if ``who`` can read all its ``trees``, else ``copy``, which is made once."""
    sources = [base / tree for tree in trees]
    if who is None or all(can_reach(source, who) and _open_to_all(source) for source in sources):
        return base
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
        for source in sources:
            target = unfinished / source.relative_to(base)
            shutil.copytree(source, target, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if _runs(path) else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another process finished the same copy first.
            shutil.rmtree(unfinished)
            if not copy.exists():
                raise
    return copy


def _runs(path: Path) -> bool:
    return path.is_dir() or bool(path.stat().st_mode & stat.S_IXUSR)


def _open_to_all(tree: Path) -> bool:
    folders = [tree, *(path for path in tree.iterdir() if path.is_dir())]
    return all(folder.stat().st_mode & READ_AND_SEARCH == READ_AND_SEARCH for folder in folders)


def give(path: Path, who: Account | None) -> None:
    """Give ``path`` (not what is in it) to the account and close it to others."""
    path.chmod(0o700)
    if who is not None:
        os.chown(path, who.uid, who.gid)
