"""User tokens for the local stack, signed as Supabase signs them."""

from datetime import datetime, timedelta
from uuid import UUID

import jwt

from captionacc_stack.our_services import JWT_AUDIENCE, JWT_ISSUER

LIFETIME = timedelta(hours=12)
USER = UUID("00000000-0000-4000-8000-0000000000aa")


def mint(*, tenant: UUID, secret: str, now: datetime) -> str:
    """A token for a user of ``tenant``, valid for twelve hours from ``now``."""
    claims = {
        "aud": JWT_AUDIENCE,
        "iss": JWT_ISSUER,
        "sub": str(USER),
        "role": "authenticated",
        "iat": now,
        "exp": now + LIFETIME,
        "app_metadata": {"tenant_id": str(tenant)},
    }
    return jwt.encode(claims, secret, algorithm="HS256")
