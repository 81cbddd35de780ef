"""The cropped pictures of a video on the 10 Hz grid."""

from collections.abc import Iterator

from captionacc_media.cropping.crop import Cropper, YuvPicture
from captionacc_media.frames.container import VideoSource
from captionacc_media.frames.frame_grid import grid


def cropped_grid(source: VideoSource, cropper: Cropper) -> Iterator[tuple[int, YuvPicture]]:
    """Index and cropped picture for each grid index of ``source``.

    While one picture stays on screen, it is cropped once and the same object is given for each
    index.

    Raises:
        PermanentError: ``video_too_large`` when the video is too long.
    """
    shown, picture = None, None
    for index, frame in grid(source):
        if picture is None or frame is not shown:
            shown, picture = frame, cropper.cut(frame)
        yield index, picture
