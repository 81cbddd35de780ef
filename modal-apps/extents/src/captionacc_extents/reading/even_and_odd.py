"""Features of successive frames, so held that frames two places apart lie side by side."""

from captionacc_extents.network.network import FrameFeatures, empty_features, join


class EvenAndOdd:
    """Frames of a stream by their number, those of even and of odd number apart.

    Most comparisons are made at every second frame, and what they compare is passed on where it
    lies: copies take longer than their arithmetic.
    """

    def __init__(self) -> None:
        self._first = 0
        """The first frame that is held; even."""
        self._parts = [empty_features(), empty_features()]

    @property
    def end(self) -> int:
        """The frame after the last one that is held."""
        return self._first + sum(map(len, self._parts))

    def add(self, features: FrameFeatures) -> None:
        """Take the next frames."""
        first = self.end
        for frame in (first, first + 1):
            self.add_apart(frame, features[frame - first :: 2])

    def add_apart(self, frame: int, features: FrameFeatures) -> None:
        """Take `frame`, `frame` + 2, ...; those between must come, too, before anything is read."""
        self._parts[frame % 2] = join([self._parts[frame % 2], features])

    def forget_before(self, frame: int) -> None:
        """Hold no longer what lies well before a frame."""
        pairs = max(0, frame - self._first) // 2
        self._parts = [part[pairs:] for part in self._parts]
        self._first += 2 * pairs

    def run(self, start: int, count: int) -> FrameFeatures:
        """The frames `start`, `start` + 2, ..., as many as `count`."""
        place = (start - self._first) // 2
        return self._parts[start % 2][place : place + count]
