"""The queue of pg_net, which holds the webhooks that triggers send."""

import msgspec

from captionacc_supabase.session import Session

CHANNEL = "net_http_request_queue"
"""A notification on this channel says that the queue has grown."""


class WebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that a trigger queued with ``net.http_post``."""

    id: int
    url: str
    headers: dict[str, str]
    body: bytes
    timeout_milliseconds: int


async def take_webhook_requests(session: Session, limit: int) -> list[WebhookRequest]:
    """Remove up to ``limit`` requests from the queue, oldest first, and return them.

    Raises:
        TransientError: ``database_unavailable``.
    """
    return await session.statements.rows(
        WebhookRequest,
        """
        delete from net.http_request_queue where id in (
            select id from net.http_request_queue
            order by id limit $1 for update skip locked
        )
        returning id, url, headers, body, timeout_milliseconds
        """,
        limit,
    )
