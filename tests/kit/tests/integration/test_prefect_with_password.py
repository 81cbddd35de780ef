from pathlib import Path

import httpx
from captionacc_stack.servers.ports import free_port
from captionacc_stack.servers.postgres import PostgresServer
from captionacc_stack.servers.prefect import PrefectServer
from captionacc_stack.servers.process import start


async def test_the_server_asks_for_its_password_and_shows_its_pages(
    postgres_server: PostgresServer, servers_directory: Path
) -> None:
    await postgres_server.ensure_database("prefect_with_password")
    server = PrefectServer(
        servers_directory / "prefect-with-password",
        free_port(),
        postgres_server.dsn("prefect_with_password"),
        ui=True,
        auth_string="operator:secret",
    )
    process = await start(server.spec())
    try:
        async with httpx.AsyncClient(timeout=30) as client:
            version = f"{server.api_url}/admin/version"
            assert (await client.get(version)).status_code == 401
            assert (await client.get(version, auth=("operator", "wrong"))).status_code == 401
            assert (await client.get(version, auth=("operator", "secret"))).status_code == 200
            page = await client.get(f"http://127.0.0.1:{server.port}/", follow_redirects=True)
            assert page.status_code == 200
            assert "<html" in page.text
    finally:
        await process.stop(timeout_s=0)
