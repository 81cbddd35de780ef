"""The folder in which test servers keep their files."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "captionacc-test-"
LOCK = "in-use"
SHARED_MEMORY = Path("/dev/shm")
# Set by hand: more than the servers of a whole test run write.
BYTES_WANTED = 2 * 1024**3
# A new folder is locked soon after it is made; after this time, it belongs to a killed session.
UNLOCKED_FOR_S = 600


@contextmanager
def servers_folder(parents: tuple[Path, ...] | None = None) -> Iterator[Path]:
    """A folder for the servers of this process, removed at the end.

    It is in memory if there is enough room, because making and removing database clusters on a busy
    disk takes longer than the tests that use them. ``parents`` lists the possible places, the best
    one first; the last one is used even if it does not suit.
    """
    candidates = parents or (SHARED_MEMORY, Path(tempfile.gettempdir()))
    for candidate in candidates:
        _sweep(candidate)
    parent = next((each for each in candidates if _suits(each)), candidates[-1])
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    # Servers that refuse to run as root use another account, which must pass through.
    folder.chmod(0o711)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _suits(parent: Path) -> bool:
    """Whether the folder allows programs and extended attributes and has enough room."""
    try:
        facts = os.statvfs(parent)
        if facts.f_flag & os.ST_NOEXEC or facts.f_bavail * facts.f_frsize < BYTES_WANTED:
            return False
        with tempfile.NamedTemporaryFile(dir=parent) as probe:
            os.setxattr(probe.fileno(), "user.captionacc", b"1")
    except OSError:
        return False
    return True


def _sweep(parent: Path) -> None:
    """Remove the folders of killed sessions, which are no longer locked.

    A process id would not do: containers may share folders, but not process ids.
    """
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if not _in_use(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _in_use(folder: Path) -> bool:
    lock_file = folder / LOCK
    if not lock_file.exists():
        return time.time() - folder.stat().st_mtime < UNLOCKED_FOR_S
    with lock_file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
