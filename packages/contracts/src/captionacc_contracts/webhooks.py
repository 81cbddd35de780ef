"""Supabase database webhooks as they arrive: a hint to look at a row, not the truth about it."""

import hashlib
import hmac
from typing import Any, Literal
from uuid import UUID

import msgspec

SIGNATURE_HEADER = "X-CaptionAcc-Signature"
"""Header of a webhook: ``t=SECONDS,v1=HEX``, as :func:`signature` makes it."""


LEAST_SECRET_LENGTH = 16
"""Characters of a webhook secret: 16 random letters and digits have some 95 bits."""


class VideoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of ``videos`` that acceptance needs; others are ignored."""

    id: UUID
    tenant_id: UUID
    storage_key: str | None = None
    size_bytes: int | None = None


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body that ``captionacc.post_inserted_row`` posts; other fields are ignored."""

    type: Literal["INSERT", "UPDATE", "DELETE"]
    table: str
    schema: str
    record: dict[str, Any] | None = None


def signature(secret: str, body: bytes, seconds: int) -> str:
    """Return the signature of a webhook that was sent ``seconds`` after 1970.

    ``captionacc.post_inserted_row`` in Postgres computes the same.
    """
    signed = b"%d.%s" % (seconds, body)
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
