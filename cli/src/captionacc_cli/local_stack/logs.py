"""``captionacc logs``: the logs of the services."""

import os
import threading
from collections import deque
from pathlib import Path

from captionacc_stack.home import Home

# About a screenful, if one log is shown.
_LINES = 20
# Often enough that lines seem to appear immediately.
_POLL_S = 0.3


def names(home: Home) -> list[str]:
    """The services that have a log."""
    return sorted(path.stem for path in home.logs.glob("*.log")) if home.logs.is_dir() else []


def show(home: Home, services: list[str]) -> None:
    """Print the last lines of each log."""
    for name in services:
        print(f"==> {home.log(name)}")
        with home.log(name).open(errors="replace") as log:
            for line in deque(log, maxlen=_LINES):
                print(line, end="")


def follow(path: Path) -> None:
    """Print the last lines, then every new line until the command is interrupted."""
    more = threading.Event()
    with path.open("rb") as log:
        for line in deque(log, maxlen=_LINES):
            _put(line)
        while True:
            data = log.read()
            if data:
                _put(data)
            elif path.stat().st_size < log.tell():
                log.seek(0)
            else:
                more.wait(_POLL_S)


def _put(data: bytes) -> None:
    os.write(1, data)
