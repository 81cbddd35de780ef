"""Identifies users: chooses the key of their Supabase token and verifies the token with it."""

import msgspec

from captionacc_webhook_gateway.errors import UnauthenticatedError
from captionacc_webhook_gateway.identity.key_set import KeySet
from captionacc_webhook_gateway.identity.tokens import (
    ASYMMETRIC,
    SYMMETRIC,
    Claims,
    bearer_of,
    header_of,
    operator_of,
    user_of,
    verified_claims,
)
from captionacc_webhook_gateway.identity.user import Operator, User


class UserVerifier(msgspec.Struct, frozen=True, kw_only=True):
    """Verifies user tokens with the shared secret, the public keys, or either."""

    secret: str | None
    key_set: KeySet | None
    issuer: str
    audience: str

    async def user_of(self, authorization: str | None) -> User:
        """Return the user whose token an ``Authorization`` header holds.

        Raises:
            UnauthenticatedError: The header holds no valid token.
            ForbiddenError: The user belongs to no tenant, or has an unknown role.
            TransientError: The public key could not be fetched yet.
        """
        return user_of(await self._claims_of(authorization))

    async def operator_of(self, authorization: str | None) -> Operator:
        """Return the operator whose token an ``Authorization`` header holds.

        Raises:
            UnauthenticatedError: The header holds no valid token.
            ForbiddenError: The user is not an operator.
            TransientError: The public keys could not be fetched yet.
        """
        return operator_of(await self._claims_of(authorization))

    async def _claims_of(self, authorization: str | None) -> Claims:
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
        return verified_claims(
            token, key=key, algorithm=algorithm, issuer=self.issuer, audience=self.audience
        )
