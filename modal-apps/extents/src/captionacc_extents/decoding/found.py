"""A caption during decoding."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Found:
    """A caption `[start, end)` with the probabilities of its two ends."""

    start: int
    end: int
    start_probability: float
    end_probability: float

    @property
    def length(self) -> int:
        """Number of frames."""
        return self.end - self.start
