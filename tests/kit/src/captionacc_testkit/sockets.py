"""A guard that keeps tests from connecting to networks that they must not use."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

GUARDED = ("connect", "connect_ex")


class Reach(Enum):
    """How far a test may connect."""

    NOWHERE = "nowhere"
    LOOPBACK = "loopback"


class NetworkForbiddenError(RuntimeError):
    """A test opened a connection that this kind of test must not open."""


@contextmanager
def limited(reach: Reach) -> Iterator[None]:
    """In the block, connections beyond ``reach`` raise; Unix sockets are always allowed."""
    originals = {name: getattr(socket.socket, name) for name in GUARDED}

    def guarded(name: str) -> Any:
        original = originals[name]

        def method(self: socket.socket, address: Any) -> Any:
            check(reach, self.family, address)
            return original(self, address)

        return method

    for name in GUARDED:
        setattr(socket.socket, name, guarded(name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(socket.socket, name, original)


def check(reach: Reach, family: int, address: Any) -> None:
    """Raise ``NetworkForbiddenError`` when ``address`` is beyond ``reach``."""
    if family == socket.AF_UNIX:
        return
    if reach is Reach.NOWHERE:
        raise NetworkForbiddenError(
            f"A unit test connected to {address}; move it to tests/integration."
        )
    if not _is_loopback(str(address[0])):
        raise NetworkForbiddenError(f"A test connected to {address}, which is not this machine.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
