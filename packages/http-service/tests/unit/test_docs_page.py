import msgspec
from captionacc_http.docs_page import DocsPage
from captionacc_http.strict_body import StrictBody
from litestar import Litestar, post
from litestar.openapi import OpenAPIConfig
from litestar.params import JSONBody
from litestar.testing import TestClient


class Order(msgspec.Struct):
    count: int


@post("/orders", dto=StrictBody[Order], return_dto=None)
async def place(data: JSONBody[Order]) -> dict[str, int]:
    """Place an order."""
    return {"count": data.count}


def test_the_page_describes_routes_and_schemas_and_escapes_text() -> None:
    application = Litestar(
        [place],
        openapi_config=OpenAPIConfig(
            title="Orders <b>",
            version="1",
            render_plugins=[DocsPage(path="/")],
            use_handler_docstrings=True,
        ),
    )
    with TestClient(application) as client:
        page = client.get("/schema")
    assert page.headers["content-type"].startswith("text/html")
    assert "/orders" in page.text
    assert "Place an order." in page.text
    assert "<code>Order</code>" in page.text
    assert "<b>" not in page.text.split("<h1>")[1].split("</h1>")[0]
