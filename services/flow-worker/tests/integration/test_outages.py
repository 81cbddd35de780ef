"""A server that is away for a while delays jobs, and loses none."""

import contextlib
from urllib.parse import urlsplit

from captionacc_testkit.faults import FaultyProxy, faulty_proxy
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.world import World


async def in_front_of(stack: contextlib.AsyncExitStack, url: str) -> tuple[FaultyProxy, str]:
    """A proxy to the server of ``url``, and the address that leads through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = await stack.enter_async_context(faulty_proxy(parts.hostname, parts.port))
    login, at, _ = parts.netloc.rpartition("@")
    return proxy, parts._replace(netloc=f"{login}{at}127.0.0.1:{proxy.port}").geturl()


async def test_job_outlives_prefect_and_our_database_being_away(world: World) -> None:
    async with contextlib.AsyncExitStack() as stack:
        prefect, prefect_url = await in_front_of(stack, world.servers.prefect_api_url)
        postgres, dsn = await in_front_of(stack, world.servers.dsn)
        worker = await world.start_worker(PREFECT_API_URL=prefect_url, SUPABASE_DB_URL=dsn).ready()
        job = await world.new_job("sleep=8")

        async def running() -> bool:
            row = await world.job(job.id)
            return row.compute_call is not None and await world.run_state(job.id) == "Running"

        await eventually(running, 60)
        prefect.cut()
        postgres.cut()
        tried = (prefect.connections, postgres.connections)

        def tried_again() -> bool:
            return prefect.connections > tried[0] and postgres.connections > tried[1]

        await eventually(tried_again, 30, what="a new connection to both servers")
        assert worker.process.poll() is None
        postgres.restore()

        # The worker publishes the result while Prefect is away.
        done = await world.until_state(job.id, "done", 60)
        assert done.attempt == 1
        assert await world.run_state(job.id) == "Running"
        waiting = await world.new_job()
        prefect.restore()

        await world.until_run_state(job.id, "Completed", 60)
        await world.until_state(waiting.id, "done", 60)
        assert [line.split()[0] for line in world.ledger].count("start") == 2
        await worker.stop(60)
