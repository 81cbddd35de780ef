"""Wait for a service that is starting."""

import httpx

from captionacc_testkit.waiting import eventually


async def answers(client: httpx.AsyncClient, path: str, *, within_s: float, what: str) -> None:
    """Wait until a GET of ``path`` gives 200.

    Raises:
        AssertionError: after ``within_s`` seconds, with ``what``.
    """

    async def answered() -> bool:
        try:
            return (await client.get(path)).status_code == 200
        except httpx.TransportError:
            return False

    await eventually(answered, within_s, what=what)
