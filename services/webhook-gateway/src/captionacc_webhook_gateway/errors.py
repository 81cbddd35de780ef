"""Errors that only the gateway raises; shared errors are in captionacc_contracts."""

from collections.abc import Sequence

from captionacc_contracts.captions import CaptionView


class UnauthenticatedError(Exception):
    """The request has no valid token or secret; the message says what to send."""


class ForbiddenError(Exception):
    """The token is valid, but it does not allow this request."""


class NotFoundError(Exception):
    """The row does not exist or belongs to another tenant; the answer does not say which."""


class InvalidRequestError(Exception):
    """The body is well formed, but a value in it is not acceptable."""


class TooManyRequestsError(Exception):
    """The tenant or the address sends more requests than it may."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooManyStreamsError(Exception):
    """The tenant has reached its limit of open event streams."""


class StaleVersionError(Exception):
    """Captions changed since the client saw them; ``captions`` is their present state."""

    def __init__(self, message: str, captions: Sequence[CaptionView]) -> None:
        super().__init__(message, captions)
        self.message = message
        self.captions = list(captions)
