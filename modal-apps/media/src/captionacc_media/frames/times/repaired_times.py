"""Repairs presentation times, so that they never run backwards."""


class RepairedTimes:
    """Gives the time of each picture; call it per picture, in presentation order.

    All times are in stream ticks. A good ``pts`` is kept. A ``pts`` that is missing or runs
    backwards is replaced by the ``dts`` of the picture, shifted by the difference of the two at the
    first picture. If that runs backwards too, as when a clock restarts, the picture gets the time
    ``step`` after the previous picture.
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
