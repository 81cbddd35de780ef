"""Open a video before anything is started for it."""

import asyncio
from pathlib import Path

from captionacc_contracts.errors import CaptionAccError
from captionacc_contracts.work.forecast import VideoFacts
from captionacc_media.frames.container import open_video


async def why_unreadable(video: Path) -> str | None:
    """Why the file cannot be processed, as a sentence; None when it is a video."""
    return await asyncio.to_thread(_why_unreadable, video)


async def facts_of(video: Path, language: str | None) -> VideoFacts:
    """What the file says about the work on it.

    Raises:
        CaptionAccError: The file is not a video that can be processed.
        OSError: The file cannot be read.
    """
    return await asyncio.to_thread(_facts_of, video, language)


def _facts_of(video: Path, language: str | None) -> VideoFacts:
    with open_video(video) as source:
        return VideoFacts(
            # A file that states no duration says 0.
            duration_seconds=source.duration_seconds or None,
            size_bytes=video.stat().st_size,
            width=source.width,
            height=source.height,
            language=language,
        )


def _why_unreadable(video: Path) -> str | None:
    try:
        with open_video(video):
            return None
    except CaptionAccError as error:
        return str(error)
    except OSError as error:
        return f"The file cannot be read: {error.strerror or type(error).__name__}."
