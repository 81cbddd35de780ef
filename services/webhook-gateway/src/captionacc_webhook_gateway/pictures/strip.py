"""Finds the frames at the ends of a caption inside the chunks. Pure.

The gateway decodes no picture: a client opens the small WebM file and seeks to the frame.
"""

import msgspec
from captionacc_contracts.frames.chunks import ChunkId, chunk_of, position_of
from captionacc_contracts.frames.frame_index import INDICES_PER_SECOND, seconds
from captionacc_contracts.web.pictures import StripPicture, StripPlace


class PlaceInChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of the strip, with the chunk that holds it."""

    place: StripPlace
    frame_index: int

    @property
    def chunk(self) -> ChunkId:
        return chunk_of(self.frame_index)

    def picture(self, url: str, start_seconds: float) -> StripPicture:
        """The frame in the chunk at ``url``, in a video that begins at ``start_seconds``."""
        position = position_of(self.frame_index)
        return StripPicture(
            place=self.place,
            frame_index=self.frame_index,
            seconds=round(start_seconds + seconds(self.frame_index), 3),
            url=url,
            position=position,
            # The middle of the time for which the chunk shows the frame.
            seek_seconds=(position + 0.5) / INDICES_PER_SECOND,
        )


def strip_of(start_frame: int, end_frame: int, frame_count: int) -> list[PlaceInChunk]:
    """The frames of the strip of a caption, without those outside the video.

    Args:
        start_frame: The first frame of the caption.
        end_frame: The last frame of the caption, inclusive.
        frame_count: The number of frames of the video.
    """
    indices = {
        StripPlace.BEFORE_FIRST: start_frame - 1,
        StripPlace.FIRST: start_frame,
        StripPlace.LAST: end_frame,
        StripPlace.AFTER_LAST: end_frame + 1,
    }
    return [
        PlaceInChunk(place=place, frame_index=index)
        for place, index in indices.items()
        if 0 <= index < frame_count
    ]
