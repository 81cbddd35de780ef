"""Identifies callers: users by a Supabase token, the database by a shared secret."""

import hmac
from collections.abc import Iterable

import msgspec

from captionacc_webhook_gateway.errors import UnauthenticatedError
from captionacc_webhook_gateway.identity.key_set import KeySet
from captionacc_webhook_gateway.identity.tokens import (
    ASYMMETRIC,
    SYMMETRIC,
    User,
    bearer_of,
    header_of,
    verified_user,
)


class TokenVerifier(msgspec.Struct, frozen=True, kw_only=True):
    """Verifies user tokens with the shared secret, the public keys, or either."""

    secret: str | None
    key_set: KeySet | None
    issuer: str
    audience: str

    async def user_of(self, authorization: str | None) -> User:
        """The user that an ``Authorization`` header proves.

        Raises:
            UnauthenticatedError: when it proves nobody.
            ForbiddenError: when the user belongs to no tenant.
            TransientError: when the public keys cannot be had.
        """
        token = bearer_of(authorization)
        header = header_of(token)
        if header.algorithm == SYMMETRIC and self.secret is not None:
            key: object = self.secret
            algorithm = SYMMETRIC
        elif header.algorithm in ASYMMETRIC and self.key_set is not None and header.key_id:
            found = await self.key_set.find(header.key_id)
            if found is None:
                message = "The token is signed with an unknown key; sign in again."
                raise UnauthenticatedError(message)
            key, algorithm = found.key, found.algorithm
        else:
            message = "The token's signature algorithm is not accepted; sign in again."
            raise UnauthenticatedError(message)
        return verified_user(
            token, key=key, algorithm=algorithm, issuer=self.issuer, audience=self.audience
        )


def require_webhook_secret(authorization: str | None, secrets: Iterable[str]) -> None:
    """Return when the header holds one of the secrets. Compares in constant time.

    Raises:
        UnauthenticatedError: when it does not.
    """
    shown = (authorization or "").encode()
    matches = [hmac.compare_digest(shown, f"Bearer {secret}".encode()) for secret in secrets]
    if not any(matches):
        message = "Send the webhook secret as 'Authorization: Bearer <secret>'."
        raise UnauthenticatedError(message)
