"""Errors of edits: what the captions do not allow, and edits of what has changed since."""

from collections.abc import Sequence

from captionacc_contracts.captions import StoredCaption
from captionacc_contracts.errors import ErrorCode, PermanentError


class CaptionChangedError(PermanentError):
    """Captions have other versions than the person saw; ``captions`` is their present state."""

    def __init__(self, message: str, captions: Sequence[StoredCaption]) -> None:
        super().__init__(ErrorCode.CAPTION_CHANGED, message)
        self.captions = list(captions)
        # Pickling makes the error again from its arguments.
        self.args = (message, self.captions)


def refused(message: str) -> PermanentError:
    return PermanentError(ErrorCode.STATE_CONFLICT, message)


def unknown_caption(name: int | str) -> PermanentError:
    if isinstance(name, str):
        return PermanentError(
            ErrorCode.NOT_FOUND,
            f"No earlier operation of the list made a caption with ref {name!r}.",
        )
    return PermanentError(
        ErrorCode.NOT_FOUND,
        f"The video has no caption {name}; it may have been merged, deleted or found anew.",
    )


def invalid_frames(message: str) -> PermanentError:
    return PermanentError(ErrorCode.FRAME_RANGE_INVALID, message)


def invalid_times(message: str) -> PermanentError:
    return PermanentError(ErrorCode.CAPTION_TIMES_INVALID, message)
