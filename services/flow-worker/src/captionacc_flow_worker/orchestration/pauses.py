"""When the worker claims no jobs: while Prefect is away, and what operators paused."""

from collections.abc import Callable

import msgspec


class Pauses(msgspec.Struct, frozen=True, kw_only=True):
    """What operators paused in Prefect: the whole work pool, or work queues by name."""

    pool: bool = False
    queues: frozenset[str] = frozenset()


class Gate:
    """Open while jobs may be claimed."""

    def __init__(self) -> None:
        self._open = True
        self._pauses = Pauses()
        self._opened: Callable[[], None] | None = None

    @property
    def is_open(self) -> bool:
        return self._open

    @property
    def pauses(self) -> Pauses:
        """The pauses that Prefect last reported."""
        return self._pauses

    def when_opened(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` each time the gate opens again."""
        self._opened = callback

    def close(self) -> None:
        """Stop claiming, until somebody calls :meth:`open`."""
        self._open = False

    def open(self, pauses: Pauses) -> None:
        """Claim again, except what ``pauses`` names."""
        self._pauses = pauses
        if not self._open:
            self._open = True
            if self._opened is not None:
                self._opened()
