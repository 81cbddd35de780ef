from typing import Any

import pytest


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://app.test", True), ("https://other.test", False)]
)
async def test_only_allowed_origins_may_call_from_a_browser(
    start_gateway: Any, origin: str, allowed: bool
) -> None:
    gateway = await start_gateway(cors_allow_origins="https://app.test")
    answer = await gateway.client.options(
        "/videos",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
