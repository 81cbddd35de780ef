"""The directory that holds everything of a local stack."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final


class Home:
    """The paths of one stack. Two stacks with different roots share nothing."""

    def __init__(self, *, root: Path) -> None:
        self.root: Final = root
        self.state_file: Final = root / "stack.json"
        # A command holds this lock while it starts or stops the stack.
        self.start_lock: Final = root / "start.lock"
        # Every command that works with the stack holds this lock, shared with the others.
        self.users_lock: Final = root / "users.lock"
        self.postgres: Final = root / "postgres"
        self.swift: Final = root / "swift"
        self.prefect: Final = root / "prefect"
        self.compute: Final = root / "compute"
        self.sample: Final = root / "sample"
        self.logs: Final = root / "logs"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    def prepare(self) -> None:
        """Make the directories.

        Other users can only pass through the root, because the database's account must reach its
        own folder there.

        Raises:
            OSError: the root cannot be written.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for private in (self.logs, self.compute, self.prefect, self.swift):
            private.mkdir(exist_ok=True, mode=0o700)


def default_root(environ: Mapping[str, str]) -> Path:
    """Where the state lives: ``CAPTIONACC_HOME`` if it is set, or the user's state directory.

    Links are resolved, because the kernel reports the working folder of a process without links.
    """
    chosen = environ.get("CAPTIONACC_HOME", "")
    if chosen:
        return Path(chosen).expanduser().resolve()
    state = environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state else Path("~/.local/state").expanduser()
    return base.resolve() / "captionacc"


def current() -> Home:
    """The home of the stack that this process's environment names."""
    return Home(root=default_root(os.environ))
