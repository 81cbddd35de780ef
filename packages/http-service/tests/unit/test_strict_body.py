import msgspec
from captionacc_http.docs_page import DocsPage
from captionacc_http.strict_body import StrictBody
from litestar import Litestar, post
from litestar.openapi import OpenAPIConfig
from litestar.params import JSONBody
from litestar.testing import TestClient


class Order(msgspec.Struct, forbid_unknown_fields=True):
    count: int


@post("/orders", dto=StrictBody[Order], return_dto=None)
async def place(data: JSONBody[Order]) -> dict[str, int]:
    return {"count": data.count}


def application() -> Litestar:
    return Litestar(
        [place],
        openapi_config=OpenAPIConfig(
            title="Orders <b>", version="1", render_plugins=[DocsPage(path="/")]
        ),
    )


def test_a_body_is_taken_as_it_is_and_not_coerced() -> None:
    with TestClient(application()) as client:
        assert client.post("/orders", json={"count": 3}).json() == {"count": 3}
        assert client.post("/orders", json={"count": "3"}).status_code >= 400
        assert client.post("/orders", json={"count": 3, "extra": 1}).status_code >= 400


def test_the_documentation_page_names_routes_and_schemas_and_escapes() -> None:
    with TestClient(application()) as client:
        page = client.get("/schema")
    assert page.headers["content-type"].startswith("text/html")
    assert "/orders" in page.text
    assert "Order" in page.text
    assert "<b>" not in page.text.split("<h1>")[1].split("</h1>")[0]
