"""Opens the sockets that a service listens on."""

import errno
import socket

_ANY_ADDRESS = "::"
_ANY_IPV4_ADDRESS = "0.0.0.0"  # noqa: S104  the address was asked for


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket with an address; it listens once the server has started.

    A socket on ``::`` takes connections over IPv4 as well: Fly's private network has only IPv6
    addresses, while Fly's health checks and metrics come over IPv4. On a machine without IPv6,
    ``::`` means every IPv4 address.

    Raises:
        OSError: the address does not exist on this machine, or the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # asyncio sends small answers at once (TCP_NODELAY) only if the protocol is named. Otherwise
        # an answer in two packets waits 40 ms for the client to confirm the first packet.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        if host != _ANY_ADDRESS or error.errno != errno.EAFNOSUPPORT:
            raise
        return listening_socket(_ANY_IPV4_ADDRESS, port)
    try:
        if family == socket.AF_INET6:
            # Set here because the system's default may be either.
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
