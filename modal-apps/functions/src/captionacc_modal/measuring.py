"""Measures the wall seconds of the stages of a call, and the peak memory of the process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from captionacc_contracts.work.compute import Measured

from captionacc_modal.process_memory import peak_memory_mib


class StageClock:
    """Measures stages that follow each other: their seconds add up to the time that is billed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the wall seconds of the block to ``name``."""
        started = time.monotonic()
        try:
            yield
        finally:
            elapsed = time.monotonic() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + elapsed

    def measured(
        self, *, device: str = "cpu", ocr_units: int = 0, ocr_engine: str | None = None
    ) -> Measured:
        """What the call has used so far."""
        return Measured(
            seconds=dict(self.seconds),
            ocr_units=ocr_units,
            ocr_engine=ocr_engine,
            peak_memory_mib=peak_memory_mib(),
            device=device,
        )
