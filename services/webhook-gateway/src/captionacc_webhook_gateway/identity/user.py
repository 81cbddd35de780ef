"""The user on whose behalf a request comes."""

from uuid import UUID

import msgspec


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The user who sent the request; the token ends at ``expires_at``, in seconds since 1970."""

    id: UUID
    tenant_id: UUID
    expires_at: float
