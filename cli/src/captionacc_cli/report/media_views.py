"""What the report shows of a video, as addresses that a page can hold."""

import base64

import msgspec


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """The first and the last frame of a caption; None when a frame is missing."""

    first: str | None
    last: str | None


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures as data addresses; the key of ``ends`` is a caption's id.

    ``video`` is None when the file cannot be shown. ``video_note`` says how it is shown.
    """

    video: str | None
    video_note: str
    frame: str | None
    frame_note: str
    ends: dict[int, Ends]


def data_address(data: bytes, kind: str) -> str:
    """A data address, which embeds ``data`` in the page."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
