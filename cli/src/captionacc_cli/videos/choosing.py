"""Which video a person means. Pure."""

from collections.abc import Sequence
from uuid import UUID

from captionacc_contracts.api import VideoSummary

from captionacc_cli.videos.words import day_and_time, printable

_SHORTEST_ID = 8
"""A short id has at least this many characters: a UUID's first part, which is easy to copy."""
_MOST_NAMED = 5
"""A sentence that names more videos is hard to read."""


class VideoChoiceError(Exception):
    """A sentence for a person: why the text does not name one video, and the remedy."""


def chosen_video(text: str, videos: Sequence[VideoSummary]) -> VideoSummary:
    """The video that ``text`` names: by its id, the start of its id, or its name.

    Raises:
        VideoChoiceError: no video has such an id or name, or several have.
    """
    wanted = text.strip().lower()
    matching = [
        video
        for video in videos
        if video.display_name == text or (wanted and str(video.id).startswith(wanted))
    ]
    if not matching:
        raise VideoChoiceError(
            f"No video has the name {printable(text)!r} or an id that begins so;"
            " `captionacc list` shows all videos."
        )
    if len(matching) > 1:
        raise VideoChoiceError(_several(text, matching, short_ids(videos)))
    return matching[0]


def short_ids(videos: Sequence[VideoSummary]) -> dict[UUID, str]:
    """The starts of the ids, all of the same length, which tell the videos apart."""
    length = _SHORTEST_ID
    while len({str(video.id)[:length] for video in videos}) < len(videos):
        length += 1
    return {video.id: str(video.id)[:length] for video in videos}


def _several(text: str, matching: Sequence[VideoSummary], ids: dict[UUID, str]) -> str:
    named = [
        f"{ids[video.id]} ({printable(video.display_name)}, uploaded"
        f" {day_and_time(video.uploaded_at)})"
        for video in matching[:_MOST_NAMED]
    ]
    if len(matching) > _MOST_NAMED:
        named.append(f"{len(matching) - _MOST_NAMED} more")
    return (
        f"{len(matching)} videos match {printable(text)!r}: {', '.join(named)}."
        " Name one of them by its id."
    )
