from typing import Any

import msgspec
import pytest
from captionacc_http.strict_body import StrictBody
from litestar import Litestar, post
from litestar.params import JSONBody
from litestar.testing import TestClient


class Order(msgspec.Struct, forbid_unknown_fields=True):
    count: int


@post("/orders", dto=StrictBody[Order], return_dto=None)
async def place(data: JSONBody[Order]) -> dict[str, int]:
    return {"count": data.count}


def test_a_valid_body_is_decoded() -> None:
    with TestClient(Litestar([place])) as client:
        assert client.post("/orders", json={"count": 3}).json() == {"count": 3}


@pytest.mark.parametrize("body", [{"count": "3"}, {"count": 3, "extra": 1}])
def test_values_are_not_converted_and_unknown_fields_are_refused(body: dict[str, Any]) -> None:
    with TestClient(Litestar([place])) as client:
        answer = client.post("/orders", json=body)
    assert answer.status_code >= 400
