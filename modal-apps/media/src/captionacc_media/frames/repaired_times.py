"""Presentation times that never run backwards, from the times that a file gives."""


class RepairedTimes:
    """Call for each picture in the order of presentation; all times are in stream ticks.

    A good ``pts`` is kept. One that is missing or runs backwards is replaced by the picture's
    ``dts``, shifted so that the first picture's is right, and where that runs backwards too, as
    at a restart of the clock, by ``step`` after the picture before.
    """

    def __init__(self, step: int) -> None:
        self._step = max(1, step)
        self._previous: int | None = None
        self._shift = 0

    def __call__(self, pts: int | None, dts: int | None) -> int:
        if self._previous is None:
            first = pts if pts is not None else dts
            first = 0 if first is None else first
            self._shift = 0 if dts is None else first - dts
            self._previous = first
            return first
        shifted = None if dts is None else dts + self._shift
        for time in (pts, shifted):
            if time is not None and time >= self._previous:
                self._previous = time
                return time
        self._previous += self._step
        return self._previous
