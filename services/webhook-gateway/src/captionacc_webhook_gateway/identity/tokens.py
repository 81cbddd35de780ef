"""Checks the content of a Supabase user token. The key comes from elsewhere."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jwt
import msgspec

from captionacc_webhook_gateway.errors import ForbiddenError, UnauthenticatedError

HEADER_LIMIT_BYTES = 8192
LEEWAY_S = 30
LONGEST_LIFETIME_S = 24 * 3600
USER_ROLE = "authenticated"
SYMMETRIC = "HS256"
ASYMMETRIC = frozenset({"ES256", "RS256"})


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The user who sent the request; ``expires_at`` is in seconds since 1970."""

    id: UUID
    tenant_id: UUID
    expires_at: float


class TokenHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The unverified header. Use it to choose a key; never trust its algorithm."""

    algorithm: str
    key_id: str | None


def bearer_of(authorization: str | None) -> str:
    """The token of an ``Authorization`` header.

    Raises:
        UnauthenticatedError: when there is none, or it is too long.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Send a user token as 'Authorization: Bearer <token>'."
        raise UnauthenticatedError(message)
    if len(token) > HEADER_LIMIT_BYTES:
        message = f"The token is longer than {HEADER_LIMIT_BYTES} bytes."
        raise UnauthenticatedError(message)
    return token.strip()


def header_of(token: str) -> TokenHeader:
    """The header of a token, not verified.

    Raises:
        UnauthenticatedError: when the token is no JWT, or has critical extensions.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        message = "The token is not a JWT."
        raise UnauthenticatedError(message) from error
    if "crit" in header:
        message = "The token has critical extensions, which the gateway does not support."
        raise UnauthenticatedError(message)
    key_id = header.get("kid")
    return TokenHeader(
        algorithm=str(header.get("alg")), key_id=key_id if isinstance(key_id, str) else None
    )


def verified_user(token: str, *, key: Any, algorithm: str, issuer: str, audience: str) -> User:
    """Verify the token with ``key`` and exactly this ``algorithm``; return its user.

    Raises:
        UnauthenticatedError: for a wrong signature, time, issuer, audience, role or subject, and
            for a token that lives longer than a day.
        ForbiddenError: for a valid user who belongs to no tenant.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "aud", "iss", "sub"]},
        )
    except jwt.ExpiredSignatureError as error:
        message = "The token has expired; sign in again."
        raise UnauthenticatedError(message) from error
    except (jwt.InvalidTokenError, jwt.InvalidKeyError) as error:
        message = "The token is not valid for this service; sign in again."
        raise UnauthenticatedError(message) from error
    expires_at = float(claims["exp"])
    if expires_at - float(claims.get("iat", time.time())) > LONGEST_LIFETIME_S:
        message = "The token is valid for longer than 24 hours; shorten its lifetime."
        raise UnauthenticatedError(message)
    if claims.get("role") != USER_ROLE or claims.get("is_anonymous") is True:
        message = "The token does not belong to a signed-in user."
        raise UnauthenticatedError(message)
    try:
        user_id = UUID(str(claims["sub"]))
    except ValueError as error:
        message = "The token's subject is not a uuid."
        raise UnauthenticatedError(message) from error
    return User(id=user_id, tenant_id=_tenant_of(claims), expires_at=expires_at)


def _tenant_of(claims: Mapping[str, Any]) -> UUID:
    # Users can edit user_metadata themselves, so it proves nothing about the tenant.
    app_metadata = claims.get("app_metadata")
    tenant = app_metadata.get("tenant_id") if isinstance(app_metadata, dict) else None
    try:
        return UUID(tenant)
    except (TypeError, ValueError, AttributeError) as error:
        message = "The user belongs to no tenant: app_metadata.tenant_id is not a uuid."
        raise ForbiddenError(message) from error
