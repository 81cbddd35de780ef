"""TCP ports on loopback for servers whose port must be known before they start."""

import random
import socket

# Below the kernel's range for outgoing connections, so that no client socket can take a free
# port before its server binds it.
FIRST_PORT = 15_000
LAST_PORT = 32_000
# Random ports to try before giving up; almost every one is free on an ordinary machine.
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Whether a server could bind ``port`` on 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on now. Another process may still take it before its server.

    Raises:
        OSError: no free port was found.
    """
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Find ``count`` different free ports; see ``free_port``."""
    chooser = random.SystemRandom()
    found: list[int] = []
    for _ in range(ATTEMPTS):
        port = chooser.randint(FIRST_PORT, LAST_PORT)
        if port not in found and is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError(
        f"Found fewer than {count} free ports between {FIRST_PORT} and {LAST_PORT} on 127.0.0.1;"
        " stop some of the servers that listen there and try again."
    )
