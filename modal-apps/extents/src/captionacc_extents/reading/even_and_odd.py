"""Frame features, stored so that frames two places apart are contiguous in memory."""

from captionacc_extents.network.network import FrameFeatures, empty_features, join


class EvenAndOdd:
    """Frames of a stream by their number; even and odd numbers are stored apart.

    Most comparisons are made at every second frame. Stored like this, their frames are slices;
    copying them would take longer than comparing them.
    """

    def __init__(self) -> None:
        self._first = 0
        """The number of the first frame that is held; always even."""
        self._parts = [empty_features(), empty_features()]

    @property
    def end(self) -> int:
        """The number of the last frame that is held, plus one."""
        return self._first + sum(map(len, self._parts))

    def add(self, features: FrameFeatures) -> None:
        """Take the next frames."""
        first = self.end
        for frame in (first, first + 1):
            self.add_apart(frame, features[frame - first :: 2])

    def add_apart(self, frame: int, features: FrameFeatures) -> None:
        """Take the frames `frame`, `frame` + 2, and so on.

        The frames between them must be added as well before `run` is called.
        """
        self._parts[frame % 2] = join([self._parts[frame % 2], features])

    def forget_before(self, frame: int) -> None:
        """Release the frames before `frame`, in pairs of an even and an odd one."""
        pairs = max(0, frame - self._first) // 2
        self._parts = [part[pairs:] for part in self._parts]
        self._first += 2 * pairs

    def run(self, start: int, count: int) -> FrameFeatures:
        """`count` frames: `start`, `start` + 2, and so on."""
        place = (start - self._first) // 2
        return self._parts[start % 2][place : place + count]
