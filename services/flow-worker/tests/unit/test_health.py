"""Answers of the health server, without a socket."""

import msgspec
from captionacc_flow_worker.health import HealthServer
from captionacc_observability.health import Readiness


class Answers:
    name = "one"

    async def ping(self) -> None:
        return


class Fails:
    name = "two"

    async def ping(self) -> None:
        raise ConnectionError("secret address")


async def test_readiness_names_the_failing_check_but_not_its_message() -> None:
    server = HealthServer(Readiness(needed=[Answers(), Fails()]), lambda: False)

    status, _, body = await server._respond(b"GET /health/ready HTTP/1.1\r\n\r\n")

    assert status == 503
    assert msgspec.json.decode(body)["checks"] == {"one": "ok", "two": "ConnectionError"}


async def test_a_draining_worker_is_alive_but_not_ready() -> None:
    server = HealthServer(Readiness(needed=[Answers()]), lambda: True)

    assert (await server._respond(b"GET /health/ready HTTP/1.1\r\n\r\n"))[0] == 503
    assert (await server._respond(b"GET /health/live HTTP/1.1\r\n\r\n"))[0] == 200


async def test_methods_other_than_get_are_refused() -> None:
    server = HealthServer(Readiness(), lambda: False)

    assert (await server._respond(b"POST /health/live HTTP/1.1\r\n\r\n"))[0] == 405
    assert (await server._respond(b"nonsense\r\n\r\n"))[0] == 405
