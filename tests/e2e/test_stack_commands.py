"""The commands about the stack; `up` finds a stack that is already up."""

import json

import httpx
from captionacc_testkit.commands import Commands


async def test_status_names_every_part(captionacc: Commands) -> None:
    status = await captionacc.status()
    assert status["running"]
    assert status["kept"]
    assert set(status["services"]) == {
        "postgres",
        "swift-proxy",
        "swift-account",
        "swift-container",
        "swift-object",
        "prefect",
        "priority",
        "webhook-gateway",
        "webhook-relay",
        "flow-worker",
    }
    assert {"gateway", "prefect_ui", "object_store", "database", "api_docs"} <= set(
        status["addresses"]
    )
    assert all(service["alive"] for service in status["services"].values())
    text = await captionacc("status")
    assert status["addresses"]["gateway"] in text.out
    password = status["addresses"]["database"].split("@")[0].rpartition(":")[2]
    assert password not in text.out


async def test_a_token_gives_access_to_its_own_tenant_only(captionacc: Commands) -> None:
    gateway = (await captionacc.status())["addresses"]["gateway"]
    own = (await captionacc("token")).out.strip()
    other = (
        await captionacc("token", "--tenant", "11111111-1111-4111-8111-111111111111")
    ).out.strip()
    async with httpx.AsyncClient(base_url=gateway, trust_env=False) as client:
        assert (await client.get("/videos")).status_code == 401
        answers = [
            await client.get("/videos", headers={"Authorization": f"Bearer {token}"})
            for token in (own, other)
        ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json()["videos"] == []


async def test_up_finds_a_running_stack(captionacc: Commands) -> None:
    before = (await captionacc.status())["services"]
    again = await captionacc("up")
    assert again.code == 0
    assert "already up" in again.out
    assert (await captionacc.status())["services"] == before


async def test_the_pages_for_people_are_served(captionacc: Commands) -> None:
    addresses = (await captionacc.status())["addresses"]
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        for name in ("prefect_ui", "api_docs"):
            page = await client.get(addresses[name])
            assert page.status_code == 200, name
            assert "text/html" in page.headers["content-type"]


async def test_logs_are_shown_and_an_unknown_service_is_wrong_usage(captionacc: Commands) -> None:
    shown = await captionacc("logs", "priority")
    assert shown.code == 0
    assert '"service": "priority"' in shown.out
    unknown = await captionacc("logs", "printer")
    assert unknown.code == 2
    assert "flow-worker" in unknown.err


async def test_doctor_finds_nothing_wrong(captionacc: Commands) -> None:
    done = await captionacc("doctor")
    assert done.code == 0, done.said


async def test_only_the_owner_may_read_the_state(captionacc: Commands) -> None:
    file = captionacc.home / "stack.json"
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text())["kept"]


async def test_down_without_a_stack_is_not_an_error(own_stack: Commands) -> None:
    done = await own_stack("down")
    assert (done.code, done.out) == (0, "The stack was not running.\n")
    token = await own_stack("token")
    assert token.code == 2
