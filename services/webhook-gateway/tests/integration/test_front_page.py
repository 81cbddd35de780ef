from typing import Any


async def test_the_gateways_address_leads_to_the_page_of_the_api(gateway: Any) -> None:
    answer = await gateway.client.get("/", follow_redirects=True)

    assert (answer.url.path, answer.status_code) == ("/schema", 200)
    assert 'data-document="/schema/openapi.json"' in answer.text
    assert "content-security-policy" in answer.headers


async def test_a_tab_has_a_picture(gateway: Any) -> None:
    answer = await gateway.client.get("/favicon.ico")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
