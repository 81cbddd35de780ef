"""With 300,000 ended jobs, the API still reads only the rows that an answer is about."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from captionacc_stack.servers.postgres import PostgresServer
from captionacc_testkit.history import PlanLog, explain_everything, fill_history, greedy, summary
from captionacc_testkit.plugin import NewBucket

ENDED_JOBS = int(os.environ.get("HISTORY_JOBS", "300000"))


def readable_paths(document: dict[str, Any], values: dict[str, str]) -> Iterator[str]:
    """The paths of all documented GET routes, filled in."""
    for path, methods in document["paths"].items():
        if "get" in methods and "/events" not in path:
            yield path.format(**values)


async def test_the_api_reads_only_the_rows_that_it_answers_with(
    start_gateway: Any, new_bucket: NewBucket, postgres_server: PostgresServer
) -> None:
    gateway = await start_gateway(await new_bucket())
    await fill_history(gateway.dsn, ENDED_JOBS)
    await explain_everything(gateway.dsn)
    # The pool's connections are older than that setting.
    await gateway.sql(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """
    )
    logged = PlanLog(postgres_server.data_dir / "postgres.log")
    [row] = await gateway.sql(
        "select video_id, tenant_id, min(id) as caption_id from captionacc.captions group by 1, 2"
        " order by 1 limit 1"
    )
    [job] = await gateway.sql(
        "select id from captionacc.jobs where video_id = $1 limit 1", row["video_id"]
    )
    tenant_id: UUID = row["tenant_id"]
    user = gateway.user(
        tenant_id, app_metadata={"tenant_id": str(tenant_id), "role": "admin", "operator": True}
    )
    logged = PlanLog(postgres_server.data_dir / "postgres.log")
    document = (await gateway.client.get("/schema/openapi.json")).json()
    values = {
        "video_id": str(row["video_id"]),
        "caption_id": str(row["caption_id"]),
        "tenant_id": str(tenant_id),
        "job_id": str(job["id"]),
        "upload_id": str(job["id"]),
        "number": "1",
        "index": "0",
        "frame_index": "0",
        "track": "1",
        "version": "1",
        "format": "srt",
    }
    answers = {}
    for path in readable_paths(document, values):
        answers[path] = (await gateway.client.get(path, headers=user)).status_code
    print(answers)
    assert 500 not in answers.values()
    video = f"/videos/{row['video_id']}"
    changes = [
        ("PATCH", f"{video}/captions/{row['caption_id']}", {"text": "typed", "version": 1}),
        ("POST", f"{video}/captions/request-ocr", {}),
        ("POST", f"{video}/retry", None),
        ("POST", f"{video}/cancel", None),
        ("POST", "/operators/jobs/retry", {"error_code": "internal", "limit": 3}),
        ("PUT", f"/operators/tenants/{tenant_id}/limits", {"videos_per_day": 5}),
        ("DELETE", video, None),
    ]
    for method, path, body in changes:
        answer = await gateway.client.request(method, path, json=body, headers=user)
        print(method, path, answer.status_code, answer.text[:150])
        assert answer.status_code < 500
    _, uploaded = await gateway.video(tenant_id)
    assert (await gateway.inserted(uploaded, tenant_id)).status_code == 202
    async with gateway.client.stream("GET", "/events", headers={**user, "last-event-id": "1"}) as s:
        await anext(s.aiter_lines())

    plans = logged.read()
    print(summary(plans))
    assert len({plan.statement for plan in plans}) > 40
    assert greedy(plans) == {}
