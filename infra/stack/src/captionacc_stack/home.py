"""The one directory in which a local stack keeps everything."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Home:
    """Paths of one stack. Two stacks with different roots share nothing."""

    root: Path

    @property
    def state_file(self) -> Path:
        return self.root / "stack.json"

    @property
    def start_lock(self) -> Path:
        """Held while the stack is started or stopped."""
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Held, shared, by every command that works with the stack."""
        return self.root / "users.lock"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def swift(self) -> Path:
        return self.root / "swift"

    @property
    def prefect(self) -> Path:
        return self.root / "prefect"

    @property
    def compute(self) -> Path:
        return self.root / "compute"

    @property
    def sample(self) -> Path:
        return self.root / "sample"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    def prepare(self) -> None:
        """Make the directories, closed to others but for the way to the database's own folder.

        Raises:
            OSError: when the place cannot be written.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for private in (self.logs, self.compute, self.prefect, self.swift):
            private.mkdir(exist_ok=True, mode=0o700)


def default_root(environ: Mapping[str, str]) -> Path:
    """Where the state lives: ``CAPTIONACC_HOME``, else the user's state directory.

    Links are followed, since the kernel tells the working folder of a process without any.
    """
    chosen = environ.get("CAPTIONACC_HOME", "")
    if chosen:
        return Path(chosen).expanduser().resolve()
    state = environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state else Path("~/.local/state").expanduser()
    return base.resolve() / "captionacc"


def current() -> Home:
    """The stack that this process's environment points at."""
    return Home(root=default_root(os.environ))
