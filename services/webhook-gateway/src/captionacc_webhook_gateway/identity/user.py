"""The people on whose behalf requests come."""

from uuid import UUID

import msgspec
from captionacc_contracts.roles import Role


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The user who sent the request; the token ends at ``expires_at``, in seconds since 1970.

    Users set ``name`` themselves, so it proves nothing.
    """

    id: UUID
    tenant_id: UUID
    expires_at: float
    role: Role = Role.ANNOTATOR
    name: str | None = None
    email: str | None = None


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A person who runs this service, for all tenants. No role in a tenant makes an operator."""

    id: UUID
