"""Errors of the gateway's own; the database's and the contracts' are in captionacc_contracts."""


class UnauthenticatedError(Exception):
    """No valid proof of who is asking; the argument says what to send."""


class ForbiddenError(Exception):
    """The proof is valid, but does not allow this."""


class NotFoundError(Exception):
    """Unknown, or another tenant's: the two look the same from outside."""


class InvalidRequestError(Exception):
    """The body is well formed, but asks for what makes no sense."""


class TooManyStreamsError(Exception):
    """The tenant has as many event streams open as it may."""
