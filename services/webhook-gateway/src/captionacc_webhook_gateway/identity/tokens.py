"""Reads and verifies Supabase user tokens with a key that the caller has chosen."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jwt
import msgspec
from captionacc_contracts.roles import Role

from captionacc_webhook_gateway.errors import ForbiddenError, UnauthenticatedError
from captionacc_webhook_gateway.identity.user import Operator, User

# Supabase's tokens take 1 to 2 KB; this bounds what a stranger can have us parse.
TOKEN_LIMIT_BYTES = 8192
# Half a minute covers clocks that a time service keeps, and hardly lengthens a token's life.
LEEWAY_S = 30
# Supabase issues tokens for an hour by default. A token without a near end could not be revoked.
LONGEST_LIFETIME_S = 24 * 3600
USER_ROLE = "authenticated"
SYMMETRIC = "HS256"
ASYMMETRIC = frozenset({"ES256", "RS256"})
_LONGEST_NAME = 200
# RFC 5321: 64 bytes, the at sign, and 255 bytes.
_LONGEST_EMAIL = 320
# Supabase's providers fill in the first; forms of apps often the second.
_NAME_CLAIMS = ("full_name", "name")
_ROLES = "viewer, annotator, reviewer or admin"
# PyJWT lets these pass: an infinite time, and JSON that is nested deeply.
_UNREADABLE = (OverflowError, RecursionError)


class TokenHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The unverified header. Use it to choose a key; never trust its algorithm."""

    algorithm: str
    key_id: str | None


def bearer_of(authorization: str | None) -> str:
    """Return the token of an ``Authorization`` header.

    Raises:
        UnauthenticatedError: The header holds no token, or the token is too long.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Send a user token as 'Authorization: Bearer <token>'."
        raise UnauthenticatedError(message)
    if len(token) > TOKEN_LIMIT_BYTES:
        message = f"The token is longer than {TOKEN_LIMIT_BYTES} bytes; shorten its claims."
        raise UnauthenticatedError(message)
    return token.strip()


def header_of(token: str) -> TokenHeader:
    """Return the header of a token without verifying it.

    Raises:
        UnauthenticatedError: The token is not a JWT, or its header has critical extensions.
    """
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, *_UNREADABLE) as error:
        message = "The token is not a JWT; sign in again."
        raise UnauthenticatedError(message) from error
    if "crit" in header:
        message = "The token's header has critical extensions ('crit'); send a token without them."
        raise UnauthenticatedError(message)
    key_id = header.get("kid")
    return TokenHeader(
        algorithm=str(header.get("alg")), key_id=key_id if isinstance(key_id, str) else None
    )


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified token says: whose it is, until when, and the user's ``app_metadata``.

    ``name`` and ``email`` are for showing only.
    """

    user_id: UUID
    expires_at: float
    app_metadata: Mapping[str, Any]
    name: str | None = None
    email: str | None = None


def verified_claims(token: str, *, key: Any, algorithm: str, issuer: str, audience: str) -> Claims:
    """Verify the token with ``key`` and exactly this ``algorithm``; return what it says.

    Raises:
        UnauthenticatedError: The signature, time, issuer, audience, role or subject is wrong, or
            the token is valid for longer than a day.
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
    except (jwt.InvalidTokenError, jwt.InvalidKeyError, *_UNREADABLE) as error:
        message = "The token is not valid for this service; sign in again."
        raise UnauthenticatedError(message) from error
    try:
        expires_at = float(claims["exp"])
        issued_at = float(claims.get("iat", time.time()))
    except OverflowError as error:
        message = "The token's times are out of range; sign in again."
        raise UnauthenticatedError(message) from error
    if expires_at - issued_at > LONGEST_LIFETIME_S:
        message = "The token is valid for longer than 24 hours; shorten its lifetime."
        raise UnauthenticatedError(message)
    if claims.get("role") != USER_ROLE or claims.get("is_anonymous") is True:
        message = "The token does not belong to a signed-in user; sign in again."
        raise UnauthenticatedError(message)
    try:
        user_id = UUID(str(claims["sub"]))
    except ValueError as error:
        message = "The token's subject is not a UUID; sign in again."
        raise UnauthenticatedError(message) from error
    # Users can edit user_metadata themselves, so only app_metadata proves anything.
    app_metadata = claims.get("app_metadata")
    return Claims(
        user_id=user_id,
        expires_at=expires_at,
        app_metadata=app_metadata if isinstance(app_metadata, dict) else {},
        name=_name_of(claims.get("user_metadata")),
        email=_shown(claims.get("email"), _LONGEST_EMAIL),
    )


def _name_of(user_metadata: object) -> str | None:
    if not isinstance(user_metadata, dict):
        return None
    names = (_shown(user_metadata.get(claim), _LONGEST_NAME) for claim in _NAME_CLAIMS)
    return next(filter(None, names), None)


def _shown(text: object, longest: int) -> str | None:
    """Return a text as one printable line, cut at its limit; null when nothing is left."""
    if not isinstance(text, str):
        return None
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * longest])
    return " ".join(printable.split())[:longest] or None


def user_of(claims: Claims) -> User:
    """Return the user that the claims describe.

    Raises:
        ForbiddenError: The user belongs to no tenant, or has an unknown role.
    """
    try:
        tenant_id = UUID(claims.app_metadata.get("tenant_id"))
    except (TypeError, ValueError, AttributeError) as error:
        message = "The user belongs to no tenant; set app_metadata.tenant_id to the tenant's UUID."
        raise ForbiddenError(message) from error
    return User(
        id=claims.user_id,
        tenant_id=tenant_id,
        expires_at=claims.expires_at,
        role=_role_of(claims),
        name=claims.name,
        email=claims.email,
    )


def _role_of(claims: Claims) -> Role:
    named = claims.app_metadata.get("role")
    if named is None:
        return Role.ANNOTATOR
    try:
        return Role(named)
    except ValueError as error:
        message = f"The role of the user is unknown; set app_metadata.role to {_ROLES}."
        raise ForbiddenError(message) from error


def operator_of(claims: Claims) -> Operator:
    """Return the operator that the claims describe; an operator needs no tenant.

    Raises:
        ForbiddenError: The user is not an operator of this service.
    """
    if claims.app_metadata.get("operator") is not True:
        message = (
            "Only operators of this service may do this. Every role in a tenant, admin included, "
            "is that of a customer; an operator's token has app_metadata.operator set to true."
        )
        raise ForbiddenError(message)
    return Operator(id=claims.user_id)
