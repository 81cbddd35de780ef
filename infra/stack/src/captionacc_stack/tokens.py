"""User tokens for the local stack, signed as Supabase signs them."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import jwt
from captionacc_contracts.roles import Role

from captionacc_stack.our_services import JWT_AUDIENCE, JWT_ISSUER

LIFETIME = timedelta(hours=12)
USER = UUID("00000000-0000-4000-8000-0000000000aa")


def mint(
    *,
    tenant: UUID,
    secret: str,
    now: datetime,
    role: Role = Role.ADMIN,
    operator: bool = False,
    name: str | None = None,
) -> str:
    """A token for a user of ``tenant``, valid for twelve hours from ``now``.

    ``role`` is the user's role in the tenant. ``operator`` adds the claim that operators' routes
    require. Each ``name`` is a user of its own.
    """
    app_metadata: dict[str, object] = {"tenant_id": str(tenant), "role": role.value}
    if operator:
        app_metadata["operator"] = True
    claims = {
        "aud": JWT_AUDIENCE,
        "iss": JWT_ISSUER,
        "sub": str(USER if name is None else uuid5(USER, name)),
        "role": "authenticated",
        "iat": now,
        "exp": now + LIFETIME,
        "app_metadata": app_metadata,
    }
    if name is not None:
        claims["user_metadata"] = {"full_name": name}
    return jwt.encode(claims, secret, algorithm="HS256")
