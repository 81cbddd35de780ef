"""Supabase database webhooks as they arrive: a hint to look at a row, not the truth about it."""

from typing import Any, Literal
from uuid import UUID

import msgspec


class VideoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of ``videos`` that acceptance needs; others are ignored."""

    id: UUID
    tenant_id: UUID
    storage_key: str | None = None
    size_bytes: int | None = None


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body that ``supabase_functions.http_request`` posts; other fields are ignored."""

    type: Literal["INSERT", "UPDATE", "DELETE"]
    table: str
    schema: str
    record: dict[str, Any] | None = None
