"""Show a person the progress of a run: live bars on a terminal, plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

# Often enough to see that the run works, rarely enough to keep a log short.
_PLAIN_EVERY_S = 5.0


class Reporter(Protocol):
    """Shows stages such as ``Uploading``; one stage runs at a time."""

    def begin(self, stage: str) -> None: ...

    def update(self, detail: str, done: int, total: int) -> None: ...

    def end(self, seconds: float) -> None: ...

    def line(self, text: str) -> None: ...


@contextlib.contextmanager
def reporter() -> Iterator[Reporter]:
    """Bars if standard output is a terminal, else lines. Bars move until the block ends."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    with Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=28),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[detail]}"),
        console=Console(highlight=False),
    ) as progress:
        bars = Bars(progress)
        try:
            yield bars
        finally:
            bars.stop()


class Lines:
    """Prints a line when a stage begins, when it ends, and every few seconds in between."""

    def __init__(self) -> None:
        self._stage = ""
        self._printed_at = 0.0
        self._printed = ""

    def begin(self, stage: str) -> None:
        self._stage = stage
        self._printed_at = time.monotonic()
        self.line(f"{stage} ...")

    def update(self, detail: str, done: int, total: int) -> None:
        text = f"  {detail}: {done}/{total}" if total else f"  {detail}"
        if text != self._printed and time.monotonic() - self._printed_at >= _PLAIN_EVERY_S:
            self._printed_at, self._printed = time.monotonic(), text
            self.line(text)

    def end(self, seconds: float) -> None:
        self.line(f"{self._stage}: done in {seconds:.1f} s")

    def line(self, text: str) -> None:
        print(text, flush=True)


class Bars:
    """Shows one bar per stage on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, stage: str) -> None:
        self._task = self._progress.add_task(escape(stage), total=None, detail="")

    def update(self, detail: str, done: int, total: int) -> None:
        if self._task is not None:
            counted = f"{detail} {done}/{total}" if total else detail
            self._progress.update(
                self._task, completed=done, total=total or None, detail=escape(counted)
            )

    def end(self, seconds: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=1, total=1, detail=f"{seconds:.1f} s")
            self._task = None

    def line(self, text: str) -> None:
        self._progress.console.print(escape(text))

    def stop(self) -> None:
        """Stop the clock of a stage that did not end."""
        if self._task is not None:
            self._progress.stop_task(self._task)
