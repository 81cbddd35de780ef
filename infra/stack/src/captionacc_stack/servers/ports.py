"""TCP ports on loopback for servers that need a number before they start."""

import random
import socket

# Below the range from which the kernel takes the local ports of outgoing connections, so that
# a port found free is not lost to a client socket before its server binds it.
FIRST_PORT = 15_000
LAST_PORT = 32_000
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
    """A port that nobody listens on now; another process may still take it first.

    Raises:
        OSError: when no free port was met.
    """
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """``count`` different free ports, as ``free_port``."""
    chooser = random.SystemRandom()
    found: list[int] = []
    for _ in range(ATTEMPTS):
        port = chooser.randint(FIRST_PORT, LAST_PORT)
        if port not in found and is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError(
        f"No {count} free ports between {FIRST_PORT} and {LAST_PORT} on 127.0.0.1;"
        " stop some of the servers that listen there."
    )
