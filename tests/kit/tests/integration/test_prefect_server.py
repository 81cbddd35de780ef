import asyncpg
import httpx
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.probe import answers_ok


async def test_the_server_keeps_its_flows_in_our_postgres(
    prefect_api_url: str, postgres_server: PostgresServer
) -> None:
    async with httpx.AsyncClient(base_url=prefect_api_url, timeout=30) as client:
        created = await client.post("/flows/", json={"name": "probe"})
        assert created.status_code == 201
    connection = await asyncpg.connect(postgres_server.dsn("prefect"))
    try:
        assert await connection.fetchval("select count(*) from flow where name = 'probe'") == 1
    finally:
        await connection.close()


async def test_no_page_is_served_and_nothing_is_sent_away(prefect_server: PrefectServer) -> None:
    assert await answers_ok(prefect_server.port, "/api/ready")
    assert not await answers_ok(prefect_server.port, "/")
    environment = prefect_server.spec().env
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"
