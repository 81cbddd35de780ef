"""What ``captionacc show`` says of a video. Pure."""

from collections.abc import Sequence

from captionacc_contracts.api import JobView, UsageView, VideoView
from captionacc_contracts.captions import CaptionView
from captionacc_contracts.frames.tracks import FIRST_TRACK, CropTrack, place_name
from captionacc_contracts.work.states import CaptionState
from captionacc_exports.visible_text import shown_text
from rich import filesize

from captionacc_cli.results.clock import clock
from captionacc_cli.results.crop_hints import crop_option
from captionacc_cli.videos.words import columns, day_and_time, printable


def show_lines(video: VideoView, captions: Sequence[CaptionView]) -> list[str]:
    """The facts of a video, then its places, notes, jobs and usage, as far as there are any.

    Args:
        video: the video.
        captions: its captions, with the gaps.
    """
    lines = [printable(video.display_name)]
    lines += [f"  {line}" for line in columns(_facts(video, captions))]
    parts = {
        "places": _places(video.tracks),
        "notes": [printable(note.message) for note in video.notes],
        "jobs": columns([_job(job) for job in video.jobs]) if video.jobs else [],
        "usage": _usage(video.usage),
    }
    for title, part in parts.items():
        if part:
            lines += ["", title, *(f"  {line}" for line in part)]
    return lines


def _facts(video: VideoView, captions: Sequence[CaptionView]) -> list[tuple[str, ...]]:
    facts = {
        "id": str(video.id),
        "status": video.status,
        "error": None if video.error is None else f"{video.error.code}: {video.error.message}",
        "waiting": None if video.waiting is None else video.waiting.message,
        "captions": _captions(video, captions),
        "size": None if video.size_bytes is None else filesize.decimal(video.size_bytes),
        "duration": None if video.duration_seconds is None else clock(video.duration_seconds),
        "picture": None if video.width is None else f"{video.width} x {video.height}",
        "language": video.language,
        "uploaded": day_and_time(video.uploaded_at),
    }
    return [(name, printable(value)) for name, value in facts.items() if value is not None]


def _captions(video: VideoView, captions: Sequence[CaptionView]) -> str:
    if video.caption_status is None:
        return "not searched for yet"
    found = [each for each in captions if each.state is not CaptionState.GAP]
    confirmed = sum(each.state is CaptionState.CONFIRMED for each in found)
    unread = sum(not shown_text(each.text, each.caption_ocr) for each in found)
    return (
        f"{video.caption_status}: {len(found)}, {confirmed} of them confirmed,"
        f" {unread} without text"
    )


def _places(tracks: Sequence[CropTrack]) -> list[str]:
    return [
        f"track {number}: {place_name(track.crop_region)}, {track.direction}"
        f" ({crop_option(track.crop_region)})"
        for number, track in enumerate(tracks, FIRST_TRACK)
    ]


def _job(job: JobView) -> tuple[str, ...]:
    error = "" if job.error is None else f"{job.error.code}: {job.error.message}"
    return (
        job.kind,
        job.state,
        f"attempt {job.attempt}",
        day_and_time(job.requested_at),
        printable(error),
    )


def _usage(usage: Sequence[UsageView]) -> list[str]:
    if not usage:
        return []
    rows: list[tuple[str, ...]] = [
        (
            each.function,
            f"{sum(each.seconds.values()):.1f} s",
            f"{each.peak_memory_mib:.0f} MiB",
        )
        for each in usage
    ]
    total = sum(line.usd for each in usage for line in each.cost)
    return [*columns(rows), f"in the cloud, this would cost about ${total:.6f}"]
