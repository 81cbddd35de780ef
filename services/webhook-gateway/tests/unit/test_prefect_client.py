import asyncio
import base64
from uuid import UUID, uuid4

import httpx
from captionacc_testkit.rows import job
from captionacc_webhook_gateway.prefect_client import (
    IN_FLIGHT,
    TIMEOUT_S,
    TURN_TIMEOUT_S,
    WAITING,
    PrefectApi,
)


class Server:
    """Answers as Prefect does after a deployment was made anew: the former id is unknown."""

    def __init__(self) -> None:
        self.deployment = uuid4()
        self.run = uuid4()
        self.waiting = 0
        self.both = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            await asyncio.sleep(0)
            return httpx.Response(200, json={"id": str(self.deployment)})
        if UUID(request.url.path.split("/")[-2]) == self.deployment:
            return httpx.Response(201, json={"id": str(self.run)})
        self.waiting += 1
        if self.waiting == 2:
            self.both.set()
        await self.both.wait()
        return httpx.Response(404)


async def test_two_launches_at_once_find_a_deployment_made_anew() -> None:
    server = Server()
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:
        prefect = PrefectApi("http://prefect.test/api", client, None)
        assert await prefect.make(job()) == server.run
        server.deployment = uuid4()
        made = await asyncio.gather(prefect.make(job()), prefect.make(job()))
        assert list(made) == [server.run] * 2


async def test_a_burst_makes_a_few_runs_at_once_and_defers_the_others() -> None:
    answered = asyncio.Event()
    most = asking = 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal most, asking
        if request.method == "GET":
            return httpx.Response(200, json={"id": str(uuid4())})
        asking += 1
        most = max(most, asking)
        await answered.wait()
        asking -= 1
        return httpx.Response(201, json={"id": str(uuid4())})

    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as client:
        prefect = PrefectApi("http://prefect.test/api", client, None)
        burst = [asyncio.create_task(prefect.make(job())) for _ in range(50)]
        turned_away, _ = await asyncio.wait(burst, timeout=TIMEOUT_S - 0.5)
        assert most == IN_FLIGHT
        assert {task.result() for task in turned_away} == {None}
        assert len(turned_away) == len(burst) - IN_FLIGHT
        answered.set()
        made = [task for task in burst if task not in turned_away]
        assert all(isinstance(run, UUID) for run in await asyncio.gather(*made))
        assert isinstance(await prefect.make(job()), UUID)


async def test_after_a_failed_connection_requests_are_skipped_for_a_moment() -> None:
    asked = 0

    async def refuse(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        message = "refused"
        raise httpx.ConnectError(message, request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        prefect = PrefectApi("http://prefect.test/api", client, None)
        assert [await prefect.make(job()) for _ in range(20)] == [None] * 20
    assert asked == 1


async def test_requests_beyond_the_waiting_limit_are_deferred_at_once() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as client:
        prefect = PrefectApi("http://prefect.test/api", client, None)
        waiting = [asyncio.create_task(prefect.make(job())) for _ in range(IN_FLIGHT + WAITING)]
        await asyncio.sleep(0)
        async with asyncio.timeout(TURN_TIMEOUT_S / 2):
            assert await prefect.make(job()) is None
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_requests_carry_the_auth_string() -> None:
    received: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await PrefectApi("http://prefect.test/api/", client, "user:päss").ping()
    [request] = received
    assert request.url.path == "/api/ready"
    encoded = base64.b64encode("user:päss".encode()).decode()
    assert request.headers["authorization"] == f"Basic {encoded}"
