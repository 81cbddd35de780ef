"""Measures the wall and processor seconds of a call's stages, and the memory of the process."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from captionacc_contracts.work.compute import Measured

from captionacc_modal.process_memory import peak_memory_mib


class StageClock:
    """Measures the stages of a call: their seconds add up to the time that is billed.

    While stages overlap, the time is that of the stage that began first.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds = 0.0
        self._running: list[str] = []
        self._counted_until = 0.0
        self._cpu_counted_until = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the wall seconds of the block to ``name``, and its processor seconds to the sum."""
        self._count()
        self._running.append(name)
        try:
            yield
        finally:
            self._count()
            self._running.remove(name)

    def _count(self) -> None:
        now, cpu_now = time.monotonic(), _cpu_seconds()
        if self._running:
            name = self._running[0]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._counted_until
            self.cpu_seconds += cpu_now - self._cpu_counted_until
        self._counted_until, self._cpu_counted_until = now, cpu_now

    def measured(
        self, *, device: str = "cpu", ocr_units: int = 0, ocr_engine: str | None = None
    ) -> Measured:
        """What the call has used so far."""
        return Measured(
            seconds=dict(self.seconds),
            cpu_seconds=self.cpu_seconds,
            ocr_units=ocr_units,
            ocr_engine=ocr_engine,
            peak_memory_mib=peak_memory_mib(),
            device=device,
        )


def _cpu_seconds() -> float:
    """Processor seconds of all threads of this process, and of the programs that it ran."""
    programs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + programs.ru_utime + programs.ru_stime
