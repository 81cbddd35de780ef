"""Where test servers keep their files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "captionacc-test-"
SHARED_MEMORY = Path("/dev/shm")
BYTES_WANTED = 2 * 1024**3


@contextmanager
def servers_folder() -> Iterator[Path]:
    """A folder for this process's servers, in memory where that is roomy; removed at the end.

    Making and removing clusters on a busy disk takes longer than the tests that use them.
    """
    for parent in (SHARED_MEMORY, Path(tempfile.gettempdir())):
        _sweep(parent)
    parent = SHARED_MEMORY if _suits(SHARED_MEMORY) else Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    # Servers that refuse root run under another account and must get through.
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _suits(parent: Path) -> bool:
    """Whether the folder takes programs, extended attributes and enough bytes."""
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
    """Remove what killed sessions left; the name tells whose folder it is."""
    with suppress(OSError):
        for folder in parent.glob(f"{PREFIX}*-*"):
            pid = folder.name.removeprefix(PREFIX).partition("-")[0]
            if pid.isdecimal() and not Path("/proc", pid).exists():
                shutil.rmtree(folder, ignore_errors=True)
