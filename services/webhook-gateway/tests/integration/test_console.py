"""The console's files over HTTP, and the links that sign a browser in."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def console(start_gateway: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    built = tmp_path_factory.mktemp("built")
    (built / "assets").mkdir()
    (built / "index.html").write_text("<!doctype html><title>Console</title>")
    (built / "assets" / "index-abc123.js").write_text("let a = 1;")
    (built.parent / "secret.txt").write_text("outside")
    return await start_gateway(console_directory=str(built))


async def test_the_gateways_address_leads_to_the_console(console: Any) -> None:
    answer = await console.client.get("/", follow_redirects=True)

    assert (answer.url.path, answer.status_code) == ("/console", 200)
    assert answer.headers["content-type"].startswith("text/html")
    assert "<title>Console" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/console/",
        "/console/videos?q=x&filter=check",
        "/console/videos/7/captions",
        # Paths that no file can have.
        "/console/videos/%00",
        f"/console/{'x' * 300}",
        # A path into the folder of files that are kept for good, and out of it again.
        "/console/assets/%2e%2e/index.html",
    ],
)
async def test_every_page_of_the_console_is_the_same_file_that_is_never_stale(
    console: Any, path: str
) -> None:
    answer = await console.client.get(path)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    # Uploads go to the object store and pictures come from there.
    assert "connect-src 'self' http://127.0.0.1:9;" in policy


async def test_a_file_with_a_digest_in_its_name_is_kept_for_good(console: Any) -> None:
    answer = await console.client.get("/console/assets/index-abc123.js")

    assert answer.text == "let a = 1;"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/console/assets/index-old.js",
        "/console/assets/%2e%2e/%2e%2e/secret.txt",
        "/console/assets/%00",
    ],
)
async def test_a_file_that_was_not_built_is_missing(console: Any, path: str) -> None:
    assert (await console.client.get(path)).status_code == 404


async def test_nothing_outside_the_folder_is_served(console: Any) -> None:
    answer = await console.client.get("/console/%2e%2e/secret.txt")

    assert "outside" not in answer.text


async def test_a_page_that_is_being_built_anew_is_missing(
    start_gateway: Any, tmp_path: Path
) -> None:
    page = tmp_path / "index.html"
    page.write_text("<!doctype html>")
    gateway = await start_gateway(console_directory=str(tmp_path))
    page.unlink()

    answer = await gateway.client.get("/console/videos")

    assert answer.status_code == 404
    assert "reload the page" in answer.json()["detail"]


async def test_a_gateway_without_a_console_has_no_page(gateway: Any) -> None:
    assert (await gateway.client.get("/console")).status_code == 404


async def test_an_internal_port_takes_the_documentation_and_leaves_the_console(
    start_gateway: Any, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    gateway = await start_gateway(console_directory=str(tmp_path), internal_port=1)

    assert (await gateway.client.get("/", follow_redirects=True)).url.path == "/console"
    assert (await gateway.client.get("/schema")).status_code == 404


async def test_a_link_signs_in_once(gateway: Any) -> None:
    tenant_id = uuid4()
    user = gateway.user(tenant_id)
    made = await gateway.client.post("/sign-in-links", headers=user)
    assert made.status_code == 201
    page, _, code = made.json()["path"].partition("#code=")
    assert page == "/console"

    first = await gateway.client.post("/sign-in", json={"code": code})
    again = await gateway.client.post("/sign-in", json={"code": code})

    assert first.status_code == 200
    assert f"Bearer {first.json()['access_token']}" == user["Authorization"]
    assert first.headers["cache-control"] == "no-store"
    assert again.status_code == 401
    assert "was used or has expired" in again.json()["detail"]


async def test_an_expired_link_signs_nobody_in_and_goes(gateway: Any) -> None:
    user = gateway.user(uuid4())
    made = await gateway.client.post("/sign-in-links", headers=user)
    code = made.json()["path"].partition("#code=")[2]
    await gateway.sql("update captionacc.sign_in_links set expires_at = now() - interval '1 s'")

    assert (await gateway.client.post("/sign-in", json={"code": code})).status_code == 401

    await gateway.client.post("/sign-in-links", headers=user)
    left = await gateway.sql("select from captionacc.sign_in_links where expires_at <= now()")
    assert left == []


async def test_a_user_makes_so_many_links_and_others_still_make_theirs(gateway: Any) -> None:
    tenant_id = uuid4()
    eager = gateway.user(tenant_id)
    answers = [await gateway.client.post("/sign-in-links", headers=eager) for _ in range(100)]

    assert answers[0].status_code == 201
    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers
    other = gateway.user(tenant_id)
    assert (await gateway.client.post("/sign-in-links", headers=other)).status_code == 201


async def test_the_database_does_not_hold_what_a_link_opens(gateway: Any) -> None:
    user = gateway.user(uuid4())
    made = await gateway.client.post("/sign-in-links", headers=user)
    code = made.json()["path"].partition("#code=")[2]

    rows = await gateway.sql("select code_digest, sealed_token from captionacc.sign_in_links")

    token = user["Authorization"].removeprefix("Bearer ").encode()
    assert rows
    for row in rows:
        assert token not in row["sealed_token"]
        assert code.encode() not in row["code_digest"] + row["sealed_token"]


@pytest.mark.parametrize("code", ["", "x", "é" * 50])
async def test_a_made_up_code_signs_nobody_in(gateway: Any, code: str) -> None:
    assert (await gateway.client.post("/sign-in", json={"code": code})).status_code == 401


async def test_a_link_needs_a_token(gateway: Any) -> None:
    assert (await gateway.client.post("/sign-in-links")).status_code == 401
