import re
from collections.abc import Iterator

import pytest
from captionacc_http.docs_page import DocsPage
from captionacc_http.swagger_page import SwaggerPage, schema_router
from litestar import Litestar, get
from litestar.openapi import OpenAPIConfig
from litestar.testing import TestClient


@get("/orders")
async def orders() -> list[int]:
    """List the orders."""
    return []


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    config = OpenAPIConfig(
        title="Orders <b>",
        version="1",
        openapi_router=schema_router(),
        render_plugins=[SwaggerPage(), DocsPage(path="/plain")],
    )
    with TestClient(Litestar([orders], openapi_config=config)) as running:
        yield running


def test_the_page_and_all_that_it_loads_come_from_the_service(
    client: TestClient[Litestar],
) -> None:
    page = client.get("/schema")

    loaded = re.findall(r'(?:src|href|data-document)="([^"]*)"', page.text)

    assert len(loaded) == 6
    for address in loaded:
        assert address.startswith("/"), "the page must load nothing from another host"
        assert client.get(address).status_code == 200
    assert "<b>" not in page.text


def test_the_browser_is_to_talk_to_the_service_alone(client: TestClient[Litestar]) -> None:
    policy = client.get("/schema").headers["content-security-policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"
    assert "http" not in policy


def test_the_page_asks_no_validator_and_keeps_no_token(client: TestClient[Litestar]) -> None:
    start = client.get("/schema/files/start.js")

    assert start.headers["content-type"].startswith("text/javascript")
    assert "validatorUrl: null" in start.text
    assert "persistAuthorization: false" in start.text


def test_no_other_file_of_the_machine_can_be_read(client: TestClient[Litestar]) -> None:
    for name in ("swagger-ui.js", "..%2F__init__.py", "%2Fetc%2Fpasswd"):
        assert client.get(f"/schema/files/{name}").status_code == 404


def test_the_plain_page_works_without_scripts(client: TestClient[Litestar]) -> None:
    page = client.get("/schema/plain").text

    assert "/orders" in page
    assert "<script" not in page
