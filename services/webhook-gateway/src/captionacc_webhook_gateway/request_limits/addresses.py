"""Limits the requests of an address, before anything else looks at them."""

import ipaddress
from typing import Any

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from captionacc_webhook_gateway.services import services_of

FLY_HEADER = "fly-client-ip"
"""Fly's proxy sets this header to the address of the client, and replaces what a client sends."""
# One customer has a whole network of this size, so single IPv6 addresses are free to change.
_IPV6_NETWORK_BITS = 64
# Probes, and webhooks of our own database, which come in bursts from one address.
_NOT_LIMITED = ("/health/", "/metrics", "/webhooks/")


def limit_addresses(app: ASGIApp) -> ASGIApp:
    """Wrap an application: refuse the requests of an address that sends too many."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(_NOT_LIMITED):
            request: Request[Any, Any, Any] = Request(scope)
            services = services_of(request)
            proxied = request.headers.get(FLY_HEADER) if services.trusts_fly_header else None
            client = request.client
            await services.address_requests.spend(
                address_key(proxied, None if client is None else client.host)
            )
        await app(scope, receive, send)

    return limited


def address_key(proxied: str | None, peer: str | None) -> str:
    """Return what the requests of a client are counted under.

    Args:
        proxied: The address that a trusted proxy names, if there is one.
        peer: The address that the connection comes from, if it is known.
    """
    for named in (proxied, peer):
        try:
            address = ipaddress.ip_address(named or "")
        except ValueError:
            continue
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped is not None:
                return str(address.ipv4_mapped)
            network = ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False)
            return str(network)
        return str(address)
    return "unknown"
