"""Checks the shared secret that the database's webhook sends."""

import hmac
from collections.abc import Iterable

from captionacc_webhook_gateway.errors import UnauthenticatedError


def require_webhook_secret(authorization: str | None, secrets: Iterable[str]) -> None:
    """Check in constant time that an ``Authorization`` header holds one of the secrets.

    Raises:
        UnauthenticatedError: The header holds none of the secrets.
    """
    shown = (authorization or "").encode()
    matches = [hmac.compare_digest(shown, f"Bearer {secret}".encode()) for secret in secrets]
    if not any(matches):
        message = "Send the webhook secret as 'Authorization: Bearer <secret>'."
        raise UnauthenticatedError(message)
