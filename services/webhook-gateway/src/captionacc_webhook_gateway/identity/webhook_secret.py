"""Checks that a webhook comes from the database, which shares a secret with the gateway."""

import hmac
import re
from collections.abc import Iterable

from captionacc_contracts.webhooks import SIGNATURE_HEADER, signature

from captionacc_webhook_gateway.errors import UnauthenticatedError

# pg_net sends within seconds, and clocks that a time service keeps differ by less than a second.
# Somebody who reads pg_net's queue can repeat a webhook for this long, which starts no second job.
SIGNED_WITHIN_S = 300
_SIGNED_AT = re.compile(r"t=([0-9]{1,12}),v1=[0-9a-f]{64}")


def require_webhook_secret(authorization: str | None, secrets: Iterable[str]) -> None:
    """Check in constant time that an ``Authorization`` header holds one of the secrets.

    Raises:
        UnauthenticatedError: The header holds none of the secrets.
    """
    shown = (authorization or "").encode()
    matches = [hmac.compare_digest(shown, f"Bearer {secret}".encode()) for secret in secrets]
    if not any(matches):
        message = (
            f"Sign the webhook with its secret in the header {SIGNATURE_HEADER}, or send the "
            "secret as 'Authorization: Bearer <secret>'."
        )
        raise UnauthenticatedError(message)


def require_fresh_signature(shown: str, now: float) -> int:
    """Return when a webhook says it was signed; this needs no body.

    Args:
        shown: The value of the header ``X-CaptionAcc-Signature``.
        now: Seconds since 1970.

    Raises:
        UnauthenticatedError: The value is malformed, or the time is not about now.
    """
    found = _SIGNED_AT.fullmatch(shown)
    if found is None or abs(now - int(found[1])) > SIGNED_WITHIN_S:
        message = (
            f"{SIGNATURE_HEADER} must be 't=SECONDS,v1=HEX' with a time of the last "
            f"{SIGNED_WITHIN_S // 60} minutes; check the clocks of the database and the gateway."
        )
        raise UnauthenticatedError(message)
    return int(found[1])


def require_signature(shown: str, body: bytes, signed_at: int, secrets: Iterable[str]) -> None:
    """Check in constant time that one of the secrets signed the body.

    Raises:
        UnauthenticatedError: None of them did.
    """
    matches = [hmac.compare_digest(shown, signature(secret, body, signed_at)) for secret in secrets]
    if not any(matches):
        message = "The webhook's signature is wrong; use the same WEBHOOK_SECRET on both ends."
        raise UnauthenticatedError(message)
