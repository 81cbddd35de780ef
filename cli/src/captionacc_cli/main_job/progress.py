"""Show a person the progress of a run: live bars on a terminal, plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from captionacc_cli.main_job.pace import Pace, observed, seconds_left, time_left

# Often enough to see that the run works, rarely enough to keep a log short.
_PLAIN_EVERY_S = 5.0


class Reporter(Protocol):
    """Shows stages such as ``Uploading``; one stage runs at a time.

    ``update`` gets what is counted, and ``done`` and ``total`` of it; a ``total`` of 0 is unknown.
    ``heading`` begins the stages of another video.
    """

    def heading(self, text: str) -> None: ...

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


class _Counters:
    """The counters of the running stage, in words, with the time that is left."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    def begin(self) -> None:
        self._paces.clear()

    def words(self, detail: str, done: int, total: int) -> str:
        if not total:
            return detail
        now = time.monotonic()
        pace = observed(self._paces.get(detail), at_s=now, done=done)
        self._paces[detail] = pace
        left = seconds_left(pace, at_s=now, total=total)
        counted = f"{detail} {done}/{total}"
        return counted if left is None else f"{counted}, {time_left(left)}"


class Lines:
    """Prints a line when a stage begins, when it ends, and every few seconds in between."""

    def __init__(self) -> None:
        self._stage = ""
        self._printed_at = 0.0
        self._printed = ("", 0, 0)
        self._counters = _Counters()

    def heading(self, text: str) -> None:
        self.line(text)

    def begin(self, stage: str) -> None:
        self._stage = stage
        self._printed_at = time.monotonic()
        self._counters.begin()
        self.line(f"{stage} ...")

    def update(self, detail: str, done: int, total: int) -> None:
        words = self._counters.words(detail, done, total)
        counted = (detail, done, total)
        if counted != self._printed and time.monotonic() - self._printed_at >= _PLAIN_EVERY_S:
            self._printed_at, self._printed = time.monotonic(), counted
            self.line(f"  {words}")

    def end(self, seconds: float) -> None:
        self.line(f"{self._stage}: done in {seconds:.1f} s")

    def line(self, text: str) -> None:
        print(text, flush=True)


class Bars:
    """Shows one bar per stage on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._counters = _Counters()

    def heading(self, text: str) -> None:
        # The bars of many videos would not fit on the screen.
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
        self.line(text)

    def begin(self, stage: str) -> None:
        self._counters.begin()
        self._task = self._progress.add_task(escape(stage), total=None, detail="")

    def update(self, detail: str, done: int, total: int) -> None:
        if self._task is not None:
            words = self._counters.words(detail, done, total)
            self._progress.update(
                self._task, completed=done, total=total or None, detail=escape(words)
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
