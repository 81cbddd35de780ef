"""Runs a Python program with a wrong wall clock, like a host with a bad clock.

``python -m captionacc_testkit.chaos.shifted FILE PROGRAM [ARGUMENT…]``. The file holds the shift in
seconds. The monotonic clock and the child processes of the program have the right time.
"""

import ctypes
import gc
import mmap
import runpy
import struct
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

_OFFSET = struct.Struct("d")


class ShiftFile:
    """The shift of a clock in seconds; it may change while programs read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set(self, seconds: float) -> None:
        # Readers map the file into memory, so overwrite it in place.
        mode = "r+b" if self.path.exists() else "wb"
        with self.path.open(mode) as file:
            file.write(_OFFSET.pack(seconds))

    def reader(self) -> Callable[[], float]:
        with self.path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)

        def read() -> float:
            seconds: float = _OFFSET.unpack(mapped)[0]
            return seconds

        return read


def shift(offset_s: Callable[[], float]) -> None:
    """Shift ``time`` and ``datetime`` of this process by ``offset_s()`` seconds."""
    true_time, true_time_ns = time.time, time.time_ns
    true_now, true_utcnow = datetime.now, datetime.utcnow

    def now(kind: type[datetime], tz: tzinfo | None = None) -> datetime:
        del kind
        return true_now(tz) + timedelta(seconds=offset_s())

    def utcnow(kind: type[datetime]) -> datetime:
        del kind
        return true_utcnow() + timedelta(seconds=offset_s())

    time.time = lambda: true_time() + offset_s()
    time.time_ns = lambda: true_time_ns() + int(offset_s() * 1e9)
    # Change the type itself, so that earlier imports and comparisons of types still work.
    attributes: dict[str, Any] = gc.get_referents(datetime.__dict__)[0]
    attributes["now"] = classmethod(now)
    attributes["utcnow"] = classmethod(utcnow)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))


def main() -> None:
    shift(ShiftFile(Path(sys.argv[1])).reader())
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
