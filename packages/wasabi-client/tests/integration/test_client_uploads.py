"""Uploads that clients send straight to the real store, as a browser does."""

import asyncio
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_observability.settings import variable_of
from captionacc_testkit.plugin import NewBucket
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore
from captionacc_wasabi.uploads import SMALLEST_PART_BYTES, PartToSend

KEY = "tenant/client/videos/字/video.mp4"
FIRST, LAST = b"a" * SMALLEST_PART_BYTES, b"the end"


@pytest_asyncio.fixture(loop_scope="session")
async def store(new_bucket: NewBucket) -> AsyncIterator[ObjectStore]:
    async with open_store(await new_bucket()) as opened:
        yield opened


def _send(
    method: str, url: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}


async def send(
    method: str, url: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await asyncio.to_thread(_send, method, url, body, named)


async def begun(store: ObjectStore) -> tuple[str, list[str]]:
    upload_id = await store.uploads.begin(KEY, content_type="video/mp4")
    parts = [
        PartToSend(number=1, size_bytes=len(FIRST)),
        PartToSend(number=2, size_bytes=len(LAST)),
    ]
    return upload_id, await store.uploads.addresses(KEY, upload_id, parts, 60)


async def test_parts_that_a_client_sends_out_of_order_become_the_object(
    store: ObjectStore,
) -> None:
    upload_id, [first, last] = await begun(store)
    assert await store.uploads.sent(KEY, upload_id) == []
    assert (await send("PUT", last, LAST))[0] == 200
    assert (await send("PUT", first, FIRST))[0] == 200
    sent = await store.uploads.sent(KEY, upload_id)
    assert sent is not None
    assert [(part.number, part.size_bytes) for part in sent] == [(1, len(FIRST)), (2, len(LAST))]
    assert not await store.exists(KEY)
    await store.uploads.complete(KEY, upload_id, sent)
    info = await store.stat(KEY)
    assert info is not None
    assert (info.size_bytes, info.content_type) == (len(FIRST) + len(LAST), "video/mp4")
    assert await store.get_head(KEY, 3) == b"aaa"
    await store.uploads.abort(KEY, upload_id)
    assert await store.get_head(KEY, 3) == b"aaa"


async def test_an_address_takes_only_its_own_number_of_bytes(store: ObjectStore) -> None:
    upload_id, [_, last] = await begun(store)
    assert (await send("PUT", last, LAST + b"more"))[0] == 403
    assert (await send("PUT", last.replace("partNumber=2", "partNumber=3"), LAST))[0] == 403
    assert (await send("GET", last))[0] == 403
    assert await store.uploads.sent(KEY, upload_id) == []


async def test_an_aborted_upload_is_gone_with_its_parts(store: ObjectStore) -> None:
    upload_id, [_, last] = await begun(store)
    await send("PUT", last, LAST)
    sent = await store.uploads.sent(KEY, upload_id)
    assert sent
    for _ in range(2):
        await store.uploads.abort(KEY, upload_id)
    assert await store.uploads.sent(KEY, upload_id) is None
    assert (await send("PUT", last, LAST))[0] == 404
    with pytest.raises(PermanentError) as gone:
        await store.uploads.complete(KEY, upload_id, sent)
    assert gone.value.code is ErrorCode.OBJECT_MISSING


async def test_the_head_of_an_object(store: ObjectStore) -> None:
    await store.put(KEY, b"12345")
    assert await store.get_head(KEY, 3) == b"123"
    assert await store.get_head(KEY, 100) == b"12345"
    await store.put(KEY, b"")
    assert await store.get_head(KEY, 3) == b""
    with pytest.raises(PermanentError, match="no object"):
        await store.get_head("none", 3)


async def test_a_browser_on_another_origin_may_send_and_read(store: ObjectStore) -> None:
    _, [_, last] = await begun(store)
    asked, headers = await send(
        "OPTIONS",
        last,
        Origin="https://app.test",
        Access_Control_Request_Method="PUT",
        Access_Control_Request_Headers="content-type",
    )
    assert asked == 200
    assert headers["access-control-allow-origin"] in ("*", "https://app.test")
    assert "PUT" in headers["access-control-allow-methods"]
    assert "content-type" in headers["access-control-allow-headers"]
    done, headers = await send("PUT", last, LAST, Origin="https://app.test")
    assert done == 200
    assert headers["access-control-allow-origin"] in ("*", "https://app.test")
    await store.put(KEY, b"0123456789")
    read, headers = await send(
        "GET", await store.presigned_get(KEY, 60), Origin="https://app.test", Range="bytes=2-4"
    )
    assert (read, headers["content-range"]) == (206, "bytes 2-4/10")
    assert headers["access-control-allow-origin"] in ("*", "https://app.test")
    assert "content-range" in headers["access-control-expose-headers"].lower()


async def test_addresses_name_the_host_that_browsers_reach(
    object_store_settings: StoreSettings,
) -> None:
    settings = msgspec.structs.replace(
        object_store_settings, wasabi_public_endpoint_url="https://store.test/"
    )
    async with open_store(settings) as store:
        _, [first, _] = await begun(store)
        addresses = [first, *await store.presigned_gets([KEY], 60)]
    assert all(url.startswith("https://store.test/") for url in addresses)


async def test_the_command_says_which_rules_the_store_does_not_offer(
    object_store_settings: StoreSettings,
) -> None:
    given: dict[str, Any] = msgspec.structs.asdict(object_store_settings)
    run = await asyncio.to_thread(
        subprocess.run,
        [
            sys.executable,
            "-c",
            "from captionacc_wasabi.bucket_rules import main; main()",
            "--origin",
            "https://app.test",
        ],
        env={variable_of(name): value for name, value in given.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=60,
    )
    # Swift keeps both in its configuration.
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.splitlines() == [
        f"{name}: not offered by this store: set it in the store's configuration"
        for name in ("CORS", "lifecycle")
    ]
