"""Measures the wall seconds of the stages of a call, and the peak memory of the process."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from captionacc_contracts.work.compute import Measured


class StageClock:
    """Measures the stages of a call: their seconds add up to the time that is billed.

    While stages overlap, the time is that of the stage that began first.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: list[str] = []
        self._counted_until = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the wall seconds of the block to ``name``."""
        self._count()
        self._running.append(name)
        try:
            yield
        finally:
            self._count()
            self._running.remove(name)

    def _count(self) -> None:
        now = time.monotonic()
        if self._running:
            name = self._running[0]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._counted_until
        self._counted_until = now

    def measured(
        self, *, device: str = "cpu", ocr_units: int = 0, ocr_engine: str | None = None
    ) -> Measured:
        """What the call has used so far."""
        return Measured(
            seconds=dict(self.seconds),
            ocr_units=ocr_units,
            ocr_engine=ocr_engine,
            peak_memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            device=device,
        )
