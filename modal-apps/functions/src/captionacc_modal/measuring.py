"""Measures the wall and processor seconds of a call's stages, and the memory of the process."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from captionacc_contracts.work.compute import Measured

from captionacc_modal.process_memory import peak_memory_mib


class StageClock:
    """Measures stages that follow each other: their seconds add up to the time that is billed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the wall seconds of the block to ``name``, and its processor seconds to the sum."""
        started, cpu_started = time.monotonic(), _cpu_seconds()
        try:
            yield
        finally:
            elapsed = time.monotonic() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + elapsed
            self.cpu_seconds += _cpu_seconds() - cpu_started

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
