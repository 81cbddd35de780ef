"""Routes, guards and dependencies declare what they raise; the API document is made from it."""

from collections.abc import Callable
from typing import Any, TypeVar

from captionacc_contracts.errors import ErrorCode

Cause = type[Exception] | ErrorCode
"""Why a request gets a problem: an error class, or the code of a ``PermanentError``."""

F = TypeVar("F", bound=Callable[..., Any])

_ATTRIBUTE = "__raises__"


def raises(*causes: Cause) -> Callable[[F], F]:
    """Declare what a route, a guard or a dependency raises; use it below the route's decorator.

    Leave out what the framework finds itself: a body or a query that is malformed, a path that
    matches nothing. Leave out what the guards of the route declare.
    """

    def declared(function: F) -> F:
        setattr(function, _ATTRIBUTE, causes)
        return function

    return declared


def declared_causes(function: Callable[..., Any]) -> tuple[Cause, ...] | None:
    """Return what the function declares that it raises; null when it declares nothing."""
    causes: tuple[Cause, ...] | None = getattr(function, _ATTRIBUTE, None)
    return causes
