"""Bodies of the routes that sign a browser in by a one-time link."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time link; it is as good as the token until it is used or expires."""

    path: str
    """Path and fragment of the link, such as ``/console#code=…``. Servers see no fragment."""
    expires_at: datetime


class SignInCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a browser read from a link."""

    code: Annotated[str, Meta(max_length=200, description="The code in the link.")]


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The token of the user who made the link."""

    access_token: str
