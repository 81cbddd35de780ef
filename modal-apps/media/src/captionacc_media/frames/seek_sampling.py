"""Pictures at a coarse step, each found by seeking to the keyframe before it.

Gives the very pictures that a decode of the whole video would give at the same indices, for a small
part of the work: at 0.1 Hz, one stretch from a keyframe to the sample per ten seconds.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from captionacc_contracts.frames.frame_index import index_count, shown_until

from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.frame_grid import grid, within_limit
from captionacc_media.frames.packet_index import PacketIndex, packet_index


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
        """When the last picture ends, in seconds from the first, found by decoding the tail.

        Raises:
            PermanentError: ``video_too_large`` when that is later than any true video's.
        """
        tail = (
            self._from_keyframe(self._index, self._index.times[-1], None)
            if self._index is not None
            else self._source.frames()
        )
        last = deque(tail, maxlen=1)
        return within_limit(self._source.end_s(last[0])) if last else Fraction(0)

    def frame_count(self) -> int:
        """How many 10 Hz indices the video has."""
        return index_count(self.end_s())

    def at(self, indices: Sequence[int]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Index and picture for each of the rising ``indices``, all below the frame count."""
        if self._index is None:
            yield from self._decoding_all(indices)
            return
        limits = [self._limit(index) for index in indices]
        wanted = frozenset(self._index.shown_at(limit) for limit in limits)
        for index, limit in zip(indices, limits, strict=True):
            picture = self._shown_at(self._index, limit, wanted)
            if picture is not None:
                yield index, picture

    def _decoding_all(self, indices: Sequence[int]) -> Iterator[tuple[int, av.VideoFrame]]:
        last = indices[-1] if indices else -1
        chosen = frozenset(indices)
        for position, picture in grid(self._source):
            if position > last:
                return
            if position in chosen:
                yield position, picture

    def _limit(self, frame_index: int) -> int:
        source = self._source
        return source.first_pts + int(shown_until(frame_index) / source.time_base)

    def _shown_at(
        self, index: PacketIndex, limit: int, wanted: frozenset[int]
    ) -> av.VideoFrame | None:
        time = index.shown_at(limit)
        nearest = next(iter(index.keyframes_before(time)), None)
        position = _pts(self._current)
        # Seeking back over pictures already decoded would be work for nothing; it would make a long
        # video with one keyframe quadratic.
        go_on = position is not None and (nearest or 0) <= position <= time
        if not go_on:
            self._restart(index, time, wanted)
        found = self._forward_to(time, limit)
        if found is None or found.pts == time:
            return found
        # The packet held no picture of its own, so the one before it stays on screen; it may be one
        # that was left out.
        self._restart(index, time, None)
        found = self._forward_to(time, limit)
        self._current = None
        return found

    def _restart(self, index: PacketIndex, time: int, wanted: frozenset[int] | None) -> None:
        self._pictures = self._from_keyframe(index, time, wanted)
        self._current = next(self._pictures, None)

    def _forward_to(self, time: int, limit: int) -> av.VideoFrame | None:
        """The picture of ``time``, else the last one up to ``limit``."""
        shown = self._current
        while shown is not None and (_pts(shown) or 0) < time:
            following = next(self._pictures, None)
            self._current = following
            if following is None or (_pts(following) or 0) > limit:
                break
            shown = following
        return shown

    def _from_keyframe(
        self, index: PacketIndex, time: int, wanted: frozenset[int] | None
    ) -> Iterator[av.VideoFrame]:
        """Pictures from the nearest usable keyframe at or before ``time`` on.

        Those that nothing refers to are left out unless ``wanted`` names them or is None.
        """
        source = self._source
        for keyframe in index.keyframes_before(time):
            source.container.seek(keyframe, stream=source.stream, backward=True)
            pictures = _decoded(source, wanted)
            # Pictures that lead an open group refer to what was not decoded.
            first = next((each for each in pictures if each.key_frame), None)
            if first is not None and first.pts is not None and first.pts <= time:
                yield first
                yield from pictures
                return
        source.container.seek(0)
        yield from _decoded(source, wanted)


def _pts(frame: av.VideoFrame | None) -> int | None:
    return None if frame is None else frame.pts


def _decoded(source: VideoSource, wanted: frozenset[int] | None) -> Iterator[av.VideoFrame]:
    context = source.stream.codec_context
    try:
        for packet in source.container.demux(source.stream):
            needed = wanted is None or packet.pts is None or packet.pts in wanted
            context.skip_frame = "DEFAULT" if needed else "NONREF"
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue
    except av.FFmpegError:
        return
    finally:
        context.skip_frame = "DEFAULT"


def sample(source: VideoSource, step: int) -> Iterator[tuple[int, av.VideoFrame]]:
    """Index and picture for every ``step``-th index of ``source``."""
    sampler = SeekSampler(source)
    return sampler.at(range(0, sampler.frame_count(), step))
