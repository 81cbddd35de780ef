"""Open a video before anything is started for it."""

import asyncio
from pathlib import Path

from captionacc_contracts.errors import CaptionAccError
from captionacc_media.frames.container import open_video


async def why_unreadable(video: Path) -> str | None:
    """Why the file cannot be processed, as a sentence; None when it is a video."""
    return await asyncio.to_thread(_why_unreadable, video)


def _why_unreadable(video: Path) -> str | None:
    try:
        with open_video(video):
            return None
    except CaptionAccError as error:
        return str(error)
    except OSError as error:
        return f"The file cannot be read: {error.strerror or type(error).__name__}."
