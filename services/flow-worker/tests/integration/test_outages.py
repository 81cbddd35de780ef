"""A server that is away for a while delays jobs, and loses none."""

import contextlib
from urllib.parse import urlsplit

import httpx
from captionacc_testkit.faults import FaultyProxy, faulty_proxy
from captionacc_testkit.waiting import eventually
from captionacc_testkit.worker.local_calls import COMMAND
from captionacc_testkit.worker.worker_process import WorkerProcess
from captionacc_testkit.worker.world import World

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/xml\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


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


async def away(worker: WorkerProcess, service: str) -> bool:
    """Whether the worker's metrics say that the service is away."""
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{worker.health_url}/metrics")).text
    return f'captionacc_worker_dependency_away{{service="{service}"}} 1.0' in metrics.splitlines()


async def test_jobs_wait_for_the_store_however_long_it_is_away(world: World) -> None:
    async with contextlib.AsyncExitStack() as stack:
        store, endpoint = await in_front_of(stack, world.servers.store.wasabi_endpoint_url)
        # Five attempts with these waits would be over within seconds.
        quick = {"WORKER_RETRY_FIRST_DELAY_S": "0.05", "WASABI_ENDPOINT_URL": endpoint}
        worker = await world.start_worker(**quick).ready()
        store.cut()
        jobs = [await world.new_job() for _ in range(3)]

        async def noticed() -> bool:
            return await away(worker, "object_store")

        await eventually(noticed, 60)
        assert len(worker.lines("dependency_away")) == 1
        tried = store.connections
        # Each probe of a store that refuses connects three times.
        await eventually(lambda: store.connections >= tried + 15, 90, what="five probes")
        for job in jobs:
            row = await world.job(job.id)
            assert (row.state, row.attempt) == ("queued", 0), row.error
        async with world.database.transaction() as session:
            [report] = await session.outages.reports()
            assert [outage.dependency for outage in report.outages] == ["object_store"]
        store.restore()

        for job in jobs:
            assert (await world.until_state(job.id, "done", 60)).attempt == 1
        assert len(worker.lines("dependency_back")) == 1
        assert not await away(worker, "object_store")
        assert [line.split()[0] for line in world.ledger].count("start") == 3


async def test_a_store_that_is_full_or_hangs_is_away_too(world: World) -> None:
    async with contextlib.AsyncExitStack() as stack:
        store, endpoint = await in_front_of(stack, world.servers.store.wasabi_endpoint_url)
        worker = await world.start_worker(WASABI_ENDPOINT_URL=endpoint).ready()

        async def noticed() -> bool:
            return await away(worker, "object_store")

        for fault in (store.black_hole, lambda: store.answer_itself(FULL)):
            fault()
            job = await world.new_job()
            await eventually(noticed, 120)
            store.restore()
            assert (await world.until_state(job.id, "done", 60)).attempt == 1


async def test_jobs_wait_for_a_remote_ocr_service(world: World) -> None:
    worker = await world.start_worker(
        OCR_ENGINE="google-vision", WORKER_PROBE_LONGEST_S="0.5", WORKER_MAX_ATTEMPTS="1"
    ).ready()
    # The only attempt would be the last, if it counted.
    job = await world.new_job("transient-once")

    done = await world.until_state(job.id, "done", 60)

    assert done.attempt == 1
    assert len(worker.lines("dependency_away")) == 1
    await eventually(lambda: len(worker.lines("dependency_back")) == 1, 10)


async def test_jobs_wait_for_a_program_of_compute_that_is_away(world: World) -> None:
    program = world.directory / "call"
    program.write_text("#!/bin/sh\nexec " + " ".join(COMMAND) + ' "$@"\n')
    worker = await world.start_worker(
        COMPUTE_COMMAND=str(program), WORKER_RETRY_FIRST_DELAY_S="0.05"
    ).ready()
    jobs = [await world.new_job() for _ in range(2)]

    async def noticed() -> bool:
        return await away(worker, "compute")

    await eventually(noticed, 60)
    program.chmod(0o755)

    for job in jobs:
        assert (await world.until_state(job.id, "done", 60)).attempt == 1
