"""Who reaches a service, by the address that it listens on."""

import asyncio
import errno
import socket

import pytest
from captionacc_observability.listening import listening_socket


def reaches(bound: socket.socket, host: str) -> bool:
    """Whether a client reaches the socket at ``host``."""
    bound.listen()
    try:
        with socket.create_connection((host, bound.getsockname()[1]), timeout=5):
            return True
    except ConnectionRefusedError:
        return False


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_service_on_the_ipv6_wildcard_answers_over_both_protocols(host: str) -> None:
    with listening_socket("::", 0) as bound:
        assert reaches(bound, host)


def test_a_service_on_one_ipv4_address_answers_there_alone() -> None:
    with listening_socket("127.0.0.1", 0) as bound:
        assert reaches(bound, "127.0.0.1")
        assert not reaches(bound, "127.0.0.2")


def test_the_ipv6_wildcard_means_every_ipv4_address_on_a_machine_without_ipv6(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class NoIpv6(socket.socket):
        def __init__(self, family: int = -1, kind: int = -1, proto: int = -1) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, kind, proto)

    monkeypatch.setattr("captionacc_observability.listening.socket.socket", NoIpv6)
    with listening_socket("::", 0) as bound:
        assert bound.family == socket.AF_INET
        assert bound.getsockname()[0] == "0.0.0.0"


async def test_small_answers_are_sent_at_once() -> None:
    found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        found.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    bound = listening_socket("127.0.0.1", 0)
    async with await asyncio.start_server(connected, sock=bound):
        _, writer = await asyncio.open_connection(*bound.getsockname())
        async with asyncio.timeout(5):
            assert await found == 1
        writer.close()


def test_a_port_in_use_is_refused() -> None:
    with listening_socket("::", 0) as bound:
        bound.listen()
        with pytest.raises(OSError, match="in use"):
            listening_socket("::", bound.getsockname()[1])
