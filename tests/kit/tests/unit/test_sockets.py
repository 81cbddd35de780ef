import asyncio
import socket

import pytest
from captionacc_testkit.sockets import NetworkForbiddenError, Reach, check


def test_a_unit_test_cannot_connect() -> None:
    with socket.socket() as client, pytest.raises(NetworkForbiddenError, match=r"127\.0\.0\.1"):
        client.connect(("127.0.0.1", 9))


async def test_a_unit_test_cannot_connect_through_asyncio() -> None:
    with pytest.raises(NetworkForbiddenError):
        await asyncio.open_connection("127.0.0.1", 9)


def test_unix_sockets_stay_open() -> None:
    left, right = socket.socketpair()
    left.send(b"x")
    assert right.recv(1) == b"x"
    left.close()
    right.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_loopback_is_within_reach_of_other_tests(host: str) -> None:
    check(Reach.LOOPBACK, socket.AF_INET, (host, 80))


@pytest.mark.parametrize("host", ["10.0.0.1", "192.0.2.1", "example.com", "2001:db8::1"])
def test_other_machines_are_out_of_reach(host: str) -> None:
    with pytest.raises(NetworkForbiddenError):
        check(Reach.LOOPBACK, socket.AF_INET, (host, 80))
