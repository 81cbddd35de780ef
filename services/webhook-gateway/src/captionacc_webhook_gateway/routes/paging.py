"""Links to the next page of a list."""

import base64
import binascii
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request
from litestar.datastructures import ResponseHeader

from captionacc_webhook_gateway.errors import InvalidRequestError

P = TypeVar("P", bound=msgspec.Struct)

CURSOR_LIMIT = 4000
"""The longest cursor, in characters; it holds a display name of 500 letters of any script."""


LINK = ResponseHeader(
    name="Link",
    description='Names the next page with `rel="next"` (RFC 8288); absent on the last page.',
    documentation_only=True,
)


def next_address(request: Request[Any, Any, Any], place: msgspec.Struct | None) -> str | None:
    """Return the address of the page at ``place``; null when there is no such place."""
    if place is None:
        return None
    encoded = base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', encoded)])}"


def link_header(address: str | None) -> dict[str, str]:
    """Return the ``Link`` header (RFC 8288) that names the next page, if there is one."""
    return {} if address is None else {"Link": f'<{address}>; rel="next"'}


def place_of(cursor: str | None, kind: type[P]) -> P | None:
    """Return the place that a link's cursor names.

    Raises:
        InvalidRequestError: The cursor does not come from a link of this list.
    """
    if cursor is None:
        return None
    try:
        encoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(encoded, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _unknown_cursor() from error
    # Postgres stores no NUL, so no link has one.
    if any(isinstance(value, str) and "\0" in value for value in msgspec.structs.astuple(place)):
        raise _unknown_cursor()
    return place


def _unknown_cursor() -> InvalidRequestError:
    message = "The cursor is not from a link of this list; begin at its first page."
    return InvalidRequestError(message)
