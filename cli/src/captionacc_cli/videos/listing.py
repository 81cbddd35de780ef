"""The table of ``captionacc list``. Pure."""

from collections.abc import Sequence

from captionacc_contracts.api import VideoSummary

from captionacc_cli.videos.choosing import short_ids
from captionacc_cli.videos.words import columns, day_and_time, printable

# The name is last, because letters of some scripts are two columns wide.
_HEAD = ("id", "status", "captions", "uploaded", "name")


def list_lines(videos: Sequence[VideoSummary]) -> list[str]:
    """A line per video under a line with the names of the columns."""
    if not videos:
        return ["There are no videos; `captionacc run VIDEO` brings one in."]
    ids = short_ids(videos)
    rows = [
        (
            ids[video.id],
            video.status,
            video.caption_status or "-",
            day_and_time(video.uploaded_at),
            printable(video.display_name),
        )
        for video in videos
    ]
    return columns([_HEAD, *rows])
