"""Pictures at a coarse step, each found by seeking to the keyframe before it.

Gives the very pictures that a decode of the whole video would give at the same indices, for a small
part of the work: at 0.1 Hz, one stretch from a keyframe to the sample per ten seconds.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from captionacc_contracts.frame_index import index_count, shown_until

from captionacc_media.container import VideoSource, decoded
from captionacc_media.frame_grid import grid
from captionacc_media.packet_index import PacketIndex, packet_index


class SeekSampler:
    """Samples one open video; owns its container's position while in use."""

    def __init__(self, source: VideoSource) -> None:
        self._source = source
        self._index = packet_index(source)
        self._pictures: Iterator[av.VideoFrame] = iter(())
        self._current: av.VideoFrame | None = None

    @property
    def seeks(self) -> bool:
        """Whether pictures are found by seeking; else the video is decoded from its beginning."""
        return self._index is not None

    def end_s(self) -> Fraction:
        """When the last picture ends, in seconds from the first, found by decoding the tail."""
        tail = (
            self._from_keyframe(self._index, self._index.times[-1])
            if self._index is not None
            else self._source.frames()
        )
        last = deque(tail, maxlen=1)
        return self._source.end_s(last[0]) if last else Fraction(0)

    def frame_count(self) -> int:
        """How many 10 Hz indices the video has."""
        return index_count(self.end_s())

    def at(self, indices: Sequence[int]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Index and picture for each of the rising ``indices``, all below the frame count."""
        if self._index is None:
            wanted = iter(indices)
            index = next(wanted, None)
            for position, picture in grid(self._source):
                if index is None:
                    return
                if position == index:
                    yield index, picture
                    index = next(wanted, None)
            return
        for index in indices:
            picture_at = self._shown_at(self._index, index)
            if picture_at is not None:
                yield index, picture_at

    def _shown_at(self, index: PacketIndex, frame_index: int) -> av.VideoFrame | None:
        source = self._source
        limit = source.first_pts + int(shown_until(frame_index) / source.time_base)
        time = index.shown_at(limit)
        nearest = next(iter(index.keyframes_before(time)), None)
        current = self._current
        go_on = (
            current is not None
            and current.pts is not None
            and current.pts <= time
            # Seeking back over pictures already decoded would be work for nothing; it would make
            # a long video with one keyframe quadratic.
            and (nearest is None or nearest <= current.pts)
        )
        if not go_on:
            self._pictures = self._from_keyframe(index, time)
            self._current = current = next(self._pictures, None)
        while current is not None and current.pts is not None and current.pts < time:
            following = next(self._pictures, None)
            if following is None:
                break
            if following.pts is not None and following.pts > limit:
                # A packet may hold no picture of its own; the one before stays on screen.
                shown = current
                self._current = None
                return shown
            self._current = current = following
        return current

    def _from_keyframe(self, index: PacketIndex, time: int) -> Iterator[av.VideoFrame]:
        """Pictures from the nearest usable keyframe at or before ``time`` on."""
        source = self._source
        for keyframe in index.keyframes_before(time):
            source.container.seek(keyframe, stream=source.stream, backward=True)
            pictures = decoded(source.container, source.stream)
            # Pictures that lead an open group refer to what was not decoded.
            first = next((each for each in pictures if each.key_frame), None)
            if first is not None and first.pts is not None and first.pts <= time:
                yield first
                yield from pictures
                return
        source.container.seek(0)
        yield from decoded(source.container, source.stream)


def sample(source: VideoSource, step: int) -> Iterator[tuple[int, av.VideoFrame]]:
    """Index and picture for every ``step``-th index of ``source``."""
    sampler = SeekSampler(source)
    return sampler.at(range(0, sampler.frame_count(), step))
