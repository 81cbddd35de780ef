"""Samples pictures at a coarse step by seeking to the keyframe before each of them.

The result equals that of decoding the whole video, for a small part of the work: at 0.1 Hz, it
decodes one stretch from a keyframe to the sample per ten seconds.
"""

import copy
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.video.stream import VideoStream
from captionacc_contracts.frames.frame_index import index_count, shown_until

from captionacc_media.frames.container import VideoSource, decoded
from captionacc_media.frames.frame_grid import first_index, grid, within_limit
from captionacc_media.frames.packet_index import PacketIndex, packet_index, seek_to_start


class SeekSampler:
    """Samples one open video. It moves the position of the video's container."""

    def __init__(self, source: VideoSource) -> None:
        self._source = source
        self._index = packet_index(source)
        self._pictures: Iterator[av.VideoFrame] = iter(())
        self._current: av.VideoFrame | None = None

    def beside(self, source: VideoSource) -> "SeekSampler":
        """A sampler of ``source``, which is another opening of the same file.

        It may be used in another thread, and does not read the times of the packets again.
        """
        other = copy.copy(self)
        other._source = source
        other._pictures = iter(())
        other._current = None
        return other

    @property
    def seeks(self) -> bool:
        """Whether pictures are found by seeking; otherwise the whole video is decoded."""
        return self._index is not None

    def end_s(self) -> Fraction:
        """The end of the last picture in seconds, found by decoding the tail.

        Raises:
            PermanentError: ``video_too_large`` when the video is too long.
        """
        if self._index is None:
            last = _last(self._source.frames())
        else:
            time = self._index.times[-1]
            last = _last(_from_keyframe(self._source, self._index, time, frozenset({time})))
            if last is None or last.pts != time:
                # The last packet contained no picture, and pictures before it were left out.
                last = _last(_from_keyframe(self._source, self._index, time, None))
        return Fraction(0) if last is None else within_limit(self._source.end_s(last))

    def frame_count(self) -> int:
        """The number of grid indices of the video."""
        return index_count(self.end_s())

    def key_indices(self) -> list[int]:
        """The index from which each keyframe is shown, rising; none where pictures are not sought.

        It takes least to sample the pictures at these indices, and those soon after.
        """
        if self._index is None:
            return []
        source = self._source
        return [
            first_index((time - source.first_pts) * source.time_base)
            for time in self._index.keyframes
        ]

    def at(self, indices: Sequence[int]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Index and picture for each of ``indices``, which rise and are below the frame count."""
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
        # Going on avoids decoding pictures twice: with seeks alone, the time for a long video with
        # one keyframe would grow with the square of its length.
        go_on = position is not None and (nearest or 0) <= position <= time
        if not go_on:
            self._restart(index, time, wanted)
        found = self._forward_to(time, limit)
        if found is None or found.pts == time:
            return found
        # The packet contained no picture, so the previous picture stays on screen. That one may
        # have been left out, so decode all of them this time.
        self._restart(index, time, None)
        found = self._forward_to(time, limit)
        self._current = None
        return found

    def _restart(self, index: PacketIndex, time: int, wanted: frozenset[int] | None) -> None:
        # A generator that held this object would be freed only by the collector of cycles, and with
        # it the decoder's pictures: 29 MiB of 1280 x 720 that the next call cannot use.
        self._pictures = _from_keyframe(self._source, index, time, wanted)
        self._current = next(self._pictures, None)

    def _forward_to(self, time: int, limit: int) -> av.VideoFrame | None:
        """The picture at ``time``, or else the last picture up to ``limit``."""
        shown = self._current
        while shown is not None and (_pts(shown) or 0) < time:
            following = next(self._pictures, None)
            self._current = following
            if following is None or (_pts(following) or 0) > limit:
                break
            shown = following
        return shown


def _last(pictures: Iterator[av.VideoFrame]) -> av.VideoFrame | None:
    return next(iter(deque(pictures, maxlen=1)), None)


def _pts(frame: av.VideoFrame | None) -> int | None:
    return None if frame is None else frame.pts


def _from_keyframe(
    source: VideoSource, index: PacketIndex, time: int, wanted: frozenset[int] | None
) -> Iterator[av.VideoFrame]:
    """Pictures from the nearest usable keyframe at or before ``time`` on.

    Pictures that no other picture refers to are left out unless their time is in ``wanted``.
    With None, all are decoded.
    """
    for keyframe in index.keyframes_before(time):
        source.container.seek(keyframe, stream=source.stream, backward=True)
        pictures = _decoded(source, wanted)
        # The leading pictures of an open group refer to pictures that were not decoded.
        first = next((each for each in pictures if each.key_frame), None)
        if first is not None and first.pts is not None and first.pts <= time:
            yield first
            yield from pictures
            return
    seek_to_start(source)
    yield from _decoded(source, wanted)


def _decoded(source: VideoSource, wanted: frozenset[int] | None) -> Iterator[av.VideoFrame]:
    context = source.stream.codec_context

    def packets() -> Iterator["av.Packet[VideoStream]"]:
        for packet in source.container.demux(source.stream):
            needed = wanted is None or packet.pts is None or packet.pts in wanted
            context.skip_frame = "DEFAULT" if needed else "NONREF"
            yield packet

    try:
        yield from decoded(packets())
    finally:
        context.skip_frame = "DEFAULT"


def sample(source: VideoSource, step: int) -> Iterator[tuple[int, av.VideoFrame]]:
    """Index and picture for every ``step``-th grid index of ``source``."""
    sampler = SeekSampler(source)
    return sampler.at(range(0, sampler.frame_count(), step))
