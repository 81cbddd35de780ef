import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from captionacc_contracts.work.flows import WORK_POOL, FlowName
from captionacc_launching.priority_service import PriorityService
from captionacc_testkit.waiting import eventually
from captionacc_webhook_gateway.launch import Launcher
from captionacc_webhook_gateway.prefect_client import PrefectApi


@pytest.fixture
async def deployed(prefect_api_url: str) -> str:
    """Register our pool and the first flow's deployment; return the address of Prefect's API."""
    async with httpx.AsyncClient(base_url=prefect_api_url, timeout=20) as prefect:
        pool = await prefect.post("/work_pools/", json={"name": WORK_POOL, "type": "process"})
        assert pool.status_code in (201, 409), pool.text
        flow = await prefect.post("/flows/", json={"name": FlowName.VIDEO_INITIAL_PROCESSING.value})
        deployment = await prefect.post(
            "/deployments/",
            json={
                "name": "production",
                "flow_id": flow.json()["id"],
                "work_pool_name": WORK_POOL,
            },
        )
        assert deployment.status_code in (200, 201), deployment.text
    return prefect_api_url


async def runs_of(prefect_api_url: str, tenant: UUID) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=prefect_api_url, timeout=20) as prefect:
        found = await prefect.post(
            "/flow_runs/filter", json={"flow_runs": {"tags": {"all_": [f"tenant:{tenant}"]}}}
        )
        runs: list[dict[str, Any]] = found.json()
        return runs


async def made(gateway: Any, tenant: UUID, video: UUID) -> str:
    """Return the video's flow run; repeat the webhook while Prefect is too slow to make it."""

    async def again() -> Any:
        return (await gateway.inserted(video, tenant)).json()["flow_run_id"]

    flow_run_id: str = await eventually(again, 30, what="a flow run")
    return flow_run_id


async def test_a_flow_run_shows_the_job(start_gateway: Any, deployed: str) -> None:
    gateway = await start_gateway(prefect_api_url=deployed)

    async def ready() -> bool:
        return not (await gateway.client.get("/health/ready")).json()["degraded"]

    is_ready: bool = await eventually(ready, 30, what="/health/ready")
    assert is_ready
    tenant, video = await gateway.video(size_checked=True)
    answers = await asyncio.gather(*(gateway.inserted(video, tenant) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    flow_run_id = await made(gateway, tenant, video)
    shown = {answer.json()["flow_run_id"] for answer in answers}
    # A busy server may miss the short time-out; it never makes a second run.
    assert shown <= {flow_run_id, None}
    async with gateway.database.transaction() as session:
        [job] = await session.jobs.for_video(video)
    assert str(job.flow_run_id) == flow_run_id
    [run] = await runs_of(deployed, tenant)
    assert run["id"] == flow_run_id
    assert run["work_queue_name"] == "s055"
    assert sorted(run["tags"]) == sorted([f"tenant:{tenant}", "tier:free", "priority:55"])
    assert run["parameters"] == {
        "job_id": str(job.id),
        "video_id": str(video),
        "tenant_id": str(tenant),
    }
    assert (await gateway.inserted(video, tenant)).json()["flow_run_id"] == flow_run_id

    cancelled = await gateway.client.post(f"/videos/{video}/cancel", headers=gateway.user(tenant))
    assert cancelled.status_code == 202
    async with gateway.database.transaction() as session:
        [job] = await session.jobs.for_video(video)
    assert job.state == "cancelled"

    async with httpx.AsyncClient(timeout=20) as client:
        prefect = PrefectApi(deployed, client, None)

        async def shown_as_cancelled() -> bool:
            # What the route did already, again for a server too busy to answer in time.
            await prefect.cancel(UUID(flow_run_id))
            [run] = await runs_of(deployed, tenant)
            return bool(run["state_type"] == "CANCELLED")

        is_shown: bool = await eventually(shown_as_cancelled, 30, what="a cancelled run")
    assert is_shown


async def test_a_deployment_made_anew_is_found_again(start_gateway: Any, deployed: str) -> None:
    gateway = await start_gateway(prefect_api_url=deployed)
    tenant, video = await gateway.video()
    assert await made(gateway, tenant, video)
    async with httpx.AsyncClient(base_url=deployed, timeout=20) as prefect:
        name = f"{FlowName.VIDEO_INITIAL_PROCESSING.value}/production"
        old = (await prefect.get(f"/deployments/name/{name}")).json()
        assert (await prefect.delete(f"/deployments/{old['id']}")).status_code == 204
        new = await prefect.post(
            "/deployments/",
            json={
                "name": "production",
                "flow_id": old["flow_id"],
                "work_pool_name": WORK_POOL,
            },
        )
        assert new.json()["id"] != old["id"]
    tenant, video = await gateway.video()
    assert await made(gateway, tenant, video)


async def test_a_flow_that_is_not_deployed_leaves_the_run_to_the_worker(
    start_gateway: Any, deployed: str
) -> None:
    async with httpx.AsyncClient(base_url=deployed, timeout=20) as prefect:
        found = await prefect.get(f"/deployments/name/{FlowName.CROP_AND_INFER.deployment}")
        if found.status_code == 200:
            await prefect.delete(f"/deployments/{found.json()['id']}")
    gateway = await start_gateway(prefect_api_url=deployed)
    tenant, video = await gateway.video(status="active")
    region = {"crop_left": 0.1, "crop_top": 0.7, "crop_right": 0.9, "crop_bottom": 0.9}
    answer = await gateway.client.post(
        f"/videos/{video}/approve-layout",
        json={"crop_region": region},
        headers=gateway.user(tenant),
    )
    assert (answer.status_code, answer.json()["flow_run_id"]) == (202, None)


@asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """Yield the address of a server that accepts connections and never answers."""

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"
    finally:
        server.close()


async def test_a_prefect_server_that_hangs_does_not_delay_the_answer(start_gateway: Any) -> None:
    async with hanging() as api_url:
        gateway = await start_gateway(prefect_api_url=api_url)
        tenant, video = await gateway.video()
        async with asyncio.timeout(4):
            answer = await gateway.inserted(video, tenant)
        assert (answer.status_code, answer.json()["flow_run_id"]) == (202, None)


async def queue_readings(gateway: Any, tenant: UUID, video: UUID, count: int) -> None:
    await gateway.ready_captions(video, tenant)
    await gateway.sql(
        """
        insert into captionacc.jobs (kind, video_id, tenant_id, input_digest, parameters, tier,
            static_score, priority, flow_run_id)
        select 'caption_ocr', $1, $2, n::text, jsonb_build_object('type', 'caption_ocr',
            'caption_id', n, 'cropped_frames_version', 1), 'free', 50, 50, gen_random_uuid()
        from generate_series(1, $3) n
        """,
        video,
        tenant,
        count,
    )


async def test_cancelling_much_work_takes_no_longer_than_cancelling_one(start_gateway: Any) -> None:
    async with hanging() as api_url:
        gateway = await start_gateway(prefect_api_url=api_url)
        tenant, video = await gateway.video()
        await queue_readings(gateway, tenant, video, 4)
        async with asyncio.timeout(5):
            answer = await gateway.client.post(
                f"/videos/{video}/cancel", headers=gateway.user(tenant)
            )
        assert len(answer.json()["job_ids"]) == 4


async def test_a_job_that_ended_meanwhile_is_not_reported_as_cancelled(gateway: Any) -> None:
    tenant, video = await gateway.video()
    await queue_readings(gateway, tenant, video, 2)
    async with gateway.database.transaction() as session:
        first, second, *_ = [
            job for job in await session.jobs.for_video(video) if job.state == "queued"
        ]
    await gateway.sql(
        "update captionacc.jobs set state = 'done', ended_at = now() where id = $1", first.id
    )
    async with httpx.AsyncClient() as client:
        launcher = Launcher(
            gateway.database,
            PriorityService(client, "http://127.0.0.1:9", 1.0),
            PrefectApi("http://127.0.0.1:9/api", client, None),
        )
        assert await launcher.cancel([first, second]) == [second.id]
