"""Uploads through a real object store: the client sends parts to it, as a browser does."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from captionacc_contracts.limits import Limits
from captionacc_contracts.work.tiers import Tier
from captionacc_wasabi.opening import open_store

HEAD = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
PART = 8 * 1024 * 1024
# Three parts, of which the last one is short.
FILE = HEAD + bytes(2 * PART)


class Browser:
    """A person's page: it knows a token and, after a while, the id of an upload."""

    def __init__(self, gateway: Any, tenant: UUID | None = None) -> None:
        self.gateway = gateway
        self.tenant = tenant or uuid4()
        self.user = uuid4()

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        answer: httpx.Response = await self.gateway.client.request(
            method,
            path,
            json=body,
            headers=self.gateway.user(self.tenant, sub=str(self.user)),
            timeout=60,
        )
        return answer

    async def begin(self, file: bytes = FILE, **more: Any) -> Any:
        body = {"display_name": "holiday.mp4", "size_bytes": len(file), **more}
        answer = await self.ask("POST", "/videos", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def send(self, parts: list[Any], file: bytes = FILE) -> list[int]:
        async with httpx.AsyncClient(timeout=60) as store:
            return [
                (
                    await store.put(
                        part["url"],
                        content=file[part["offset"] : part["offset"] + part["size_bytes"]],
                    )
                ).status_code
                for part in parts
            ]

    async def complete(self, upload: Any) -> httpx.Response:
        return await self.ask("POST", f"/uploads/{upload['id']}/complete")

    async def upload(self, file: bytes = FILE, **more: Any) -> Any:
        upload = await self.begin(file, **more)
        assert set(await self.send(upload["next_parts"], file)) == {200}
        answer = await self.complete(upload)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def keys(gateway: Any, prefix: str) -> list[str]:
    async with open_store(gateway.store) as store:
        return [info.key async for info in store.list(prefix)]


async def test_parts_out_of_order_become_a_video_whose_work_starts(storing_gateway: Any) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin(language="Chinese", unattended=True)
    assert (upload["state"], upload["part_bytes"], upload["part_count"]) == ("open", PART, 3)
    assert [part["number"] for part in upload["next_parts"]] == [1, 2, 3]
    assert await browser.send(list(reversed(upload["next_parts"]))) == [200, 200, 200]

    answer = await browser.complete(upload)

    assert answer.status_code == 200
    video = answer.json()
    assert (video["id"], video["status"], video["display_name"], video["size_bytes"]) == (
        upload["video_id"],
        "uploaded",
        "holiday.mp4",
        len(FILE),
    )
    assert (video["language"], video["unattended"]) == ("zh", True)
    async with open_store(storing_gateway.store) as store:
        [key] = await keys(storing_gateway, f"{browser.tenant}/")
        assert await store.get(key) == FILE
    # The webhook of the row's insertion starts the work, as for any other row.
    accepted = await storing_gateway.inserted(UUID(video["id"]), browser.tenant)
    assert accepted.status_code == 202
    assert (await browser.ask("GET", f"/videos/{video['id']}")).json()["status"] == "queued"


async def test_an_upload_goes_on_in_another_tab_that_knows_only_its_id(
    storing_gateway: Any,
) -> None:
    first = Browser(storing_gateway)
    begun = await first.begin()
    assert await first.send(begun["next_parts"][1:2]) == [200]

    second = Browser(storing_gateway, first.tenant)
    listed = (await second.ask("GET", "/uploads")).json()["uploads"]
    assert [upload["id"] for upload in listed] == [begun["id"]]
    upload = (await second.ask("GET", f"/uploads/{begun['id']}")).json()
    assert (upload["sent_parts"], upload["sent_bytes"]) == ([2], PART)
    assert [part["number"] for part in upload["next_parts"]] == [1, 3]
    assert upload["expires_at"] > begun["expires_at"]
    assert await second.send(upload["next_parts"]) == [200, 200]
    assert (await second.complete(upload)).status_code == 200
    assert (await second.ask("GET", "/uploads")).json() == {"uploads": []}
    finished = (await second.ask("GET", f"/uploads/{begun['id']}")).json()
    assert (finished["state"], finished["next_parts"]) == ("completed", [])


async def test_completing_again_and_at_once_gives_the_same_video(storing_gateway: Any) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    await browser.send(upload["next_parts"])
    answers = await asyncio.gather(*(browser.complete(upload) for _ in range(3)))
    answers.append(await browser.complete(upload))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.json()["id"] for answer in answers} == {upload["video_id"]}
    rows = await storing_gateway.sql(
        "select id from captionacc.videos where tenant_id = $1", browser.tenant
    )
    assert len(rows) == 1


async def test_a_complete_that_was_cut_after_the_store_joined_the_parts_goes_on(
    storing_gateway: Any,
) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    await browser.send(upload["next_parts"])
    [row] = await storing_gateway.sql(
        "select * from captionacc.uploads where id = $1", UUID(upload["id"])
    )
    async with open_store(storing_gateway.store) as store:
        sent = await store.uploads.sent(row["storage_key"], row["store_upload_id"])
        assert sent is not None
        await store.uploads.complete(row["storage_key"], row["store_upload_id"], sent)
    assert (await browser.complete(upload)).json()["id"] == upload["video_id"]


async def test_missing_parts_are_named_and_can_be_sent_later(storing_gateway: Any) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    await browser.send(upload["next_parts"][:1])
    refused = await browser.complete(upload)
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_incomplete")
    assert ": 2, 3." in refused.json()["detail"]
    asked = await browser.ask("GET", f"/uploads/{upload['id']}/parts?from=2&to=3")
    assert await browser.send(asked.json()["parts"]) == [200, 200]
    assert (await browser.complete(upload)).status_code == 200
    late = await browser.ask("GET", f"/uploads/{upload['id']}/parts")
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")


async def test_the_store_refuses_a_part_of_another_size(storing_gateway: Any) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    [*_, last] = upload["next_parts"]
    async with httpx.AsyncClient() as store:
        assert (await store.put(last["url"], content=b"x" * 100)).status_code == 403
    assert (await browser.complete(upload)).json()["code"] == "upload_incomplete"


@pytest.mark.parametrize("file", [b"%PDF-1.7 not a video", bytes(1000)])
async def test_a_file_that_is_not_a_video_is_refused_and_removed(
    storing_gateway: Any, file: bytes
) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin(file)
    await browser.send(upload["next_parts"], file)
    refused = await browser.complete(upload)
    assert (refused.status_code, refused.json()["code"]) == (422, "video_unreadable")
    assert await keys(storing_gateway, f"{browser.tenant}/") == []
    assert (await browser.complete(upload)).status_code == 404
    rows = await storing_gateway.sql(
        "select from captionacc.videos where tenant_id = $1", browser.tenant
    )
    assert rows == []


async def test_an_aborted_upload_is_gone(storing_gateway: Any) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    await browser.send(upload["next_parts"][:1])
    assert (await browser.ask("DELETE", f"/uploads/{upload['id']}")).status_code == 204
    assert await browser.send(upload["next_parts"][1:2]) == [404]
    for method, path in (("GET", ""), ("POST", "/complete"), ("DELETE", ""), ("GET", "/parts")):
        assert (await browser.ask(method, f"/uploads/{upload['id']}{path}")).status_code == 404
    finished = await browser.begin()
    await browser.send(finished["next_parts"])
    await browser.complete(finished)
    refused = await browser.ask("DELETE", f"/uploads/{finished['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")


async def test_the_answer_names_a_finished_video_with_the_same_digest(
    storing_gateway: Any,
) -> None:
    browser = Browser(storing_gateway)
    small, digest = HEAD + b"small", "ab" * 32
    first = await browser.upload(small, sha256=digest)
    assert (await browser.begin(small, sha256=digest))["same_as"] is None
    await storing_gateway.set_video(UUID(first["id"]), status="active")
    assert (await browser.begin(small, sha256=digest))["same_as"] == first["id"]
    assert (await browser.begin(small, sha256="cd" * 32))["same_as"] is None
    stranger = Browser(storing_gateway)
    assert (await stranger.begin(small, sha256=digest))["same_as"] is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"size_bytes": 10 * 1024**3 + 1}, 422, "video_too_large"),
        ({"size_bytes": 0}, 422, None),
        ({"size_bytes": "5"}, 422, None),
        ({"language": "Klingonese"}, 400, "language_invalid"),
        ({"display_name": ""}, 422, None),
        ({"display_name": "   "}, 422, None),
        ({"display_name": "a\u0000b"}, 422, None),
        ({"display_name": "x" * 501}, 422, None),
        ({"sha256": "xyz"}, 422, None),
        ({"storage_key": "other"}, 422, None),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_at_once(
    gateway: Any, tenant: UUID, change: dict[str, Any], status: int, code: str | None
) -> None:
    body = {"display_name": "clip.mp4", "size_bytes": 5, **change}
    answer = await gateway.client.post("/videos", json=body, headers=gateway.user(tenant))
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert await gateway.sql("select from captionacc.uploads where tenant_id = $1", tenant) == []


@pytest.mark.parametrize("asked", ["from=0", "from=4", "from=2&to=1", "to=4", "from=x"])
async def test_parts_that_there_are_not(storing_gateway: Any, asked: str) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    answer = await browser.ask("GET", f"/uploads/{upload['id']}/parts?{asked}")
    assert answer.status_code in (400, 422)


async def test_without_the_store_an_upload_is_a_503(gateway: Any, tenant: UUID) -> None:
    answer = await gateway.client.post(
        "/videos",
        json={"display_name": "clip.mp4", "size_bytes": 5},
        headers=gateway.user(tenant),
        timeout=60,
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


async def test_who_may_only_read_gets_no_address_to_write_to(storing_gateway: Any) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    viewer = storing_gateway.user(
        browser.tenant, app_metadata={"tenant_id": str(browser.tenant), "role": "viewer"}
    )
    for path in ("", "/parts"):
        answer = await storing_gateway.client.get(f"/uploads/{upload['id']}{path}", headers=viewer)
        assert answer.status_code == 403
    answer = await storing_gateway.client.delete(f"/videos/{upload['video_id']}", headers=viewer)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("limits", "status"), [({"videos_per_day": 1}, 429), ({"stored_bytes": len(FILE) + 1}, 402)]
)
async def test_an_upload_under_way_counts_against_the_limits_until_it_is_aborted(
    storing_gateway: Any, limits: dict[str, int], status: int
) -> None:
    browser = Browser(storing_gateway)
    async with storing_gateway.database.transaction() as session:
        await session.tenants.upsert(browser.tenant, "newcomer", Tier.FREE)
        await session.limits.override(browser.tenant, Limits(**limits))
    first = await browser.begin()
    body = {"display_name": "one too many.mp4", "size_bytes": len(FILE)}
    refused = await browser.ask("POST", "/videos", body)
    assert refused.status_code == status, refused.text
    assert refused.json()["limit"]["name"] == next(iter(limits))
    assert (await browser.ask("DELETE", f"/uploads/{first['id']}")).status_code == 204
    await browser.upload()
    assert (await browser.ask("POST", "/videos", body)).status_code == status


@pytest.mark.parametrize("query", ["to=null", "from=1&from=2", "first=1"])
async def test_a_query_that_a_route_would_misread_is_refused(
    storing_gateway: Any, query: str
) -> None:
    browser = Browser(storing_gateway)
    upload = await browser.begin()
    answer = await browser.ask("GET", f"/uploads/{upload['id']}/parts?{query}")
    assert answer.status_code == 400, answer.text
