"""What every object store promises: one suite for the real store and the store in memory."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from captionacc_contracts.errors import ErrorCode, PermanentError
from captionacc_testkit.plugin import NewBucket
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.store import ObjectStore, StoreLimits
from captionacc_wasabi.testing import InMemoryObjectStore

KEY = "tenant/client/videos/v/cropping.jpg"
SMALL_PARTS = StoreLimits(part_bytes=5 * 1024 * 1024)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest_asyncio.fixture(params=["memory", "s3"], loop_scope="session")
async def store(
    request: pytest.FixtureRequest, new_bucket: NewBucket
) -> AsyncIterator[ObjectStore]:
    if request.param == "memory":
        yield InMemoryObjectStore()
        return
    async with open_store(await new_bucket(), limits=SMALL_PARTS) as opened:
        yield opened


async def test_get_returns_the_bytes_that_were_put(store: ObjectStore) -> None:
    data = bytes(range(256)) * 10
    await store.put(KEY, data, content_type="image/jpeg")
    assert await store.get(KEY) == data
    info = await store.stat(KEY)
    assert info is not None
    assert (info.key, info.size_bytes, info.content_type) == (KEY, 2560, "image/jpeg")
    assert info.etag == hashlib.md5(data).hexdigest()
    assert await store.exists(KEY)


async def test_an_object_may_be_empty(store: ObjectStore) -> None:
    await store.put(KEY, b"")
    assert await store.get(KEY) == b""
    assert await store.exists(KEY)


async def test_a_second_put_replaces(store: ObjectStore) -> None:
    await store.put(KEY, b"first")
    await store.put(KEY, b"second")
    assert await store.get(KEY) == b"second"


async def test_keys_may_hold_any_text(store: ObjectStore) -> None:
    key = "tenant/a b+c%20&?=#/字幕 é.json"
    await store.put(key, b"x")
    assert await store.get(key) == b"x"
    assert [info.key async for info in store.list("tenant/a b")] == [key]
    await store.delete([key])
    assert not await store.exists(key)


async def test_a_missing_object_is_reported_as_missing(store: ObjectStore, tmp_path: Path) -> None:
    assert await store.stat("none") is None
    assert not await store.exists("none")
    with pytest.raises(PermanentError) as got:
        await store.get("none")
    assert got.value.code is ErrorCode.OBJECT_MISSING
    with pytest.raises(PermanentError) as filed:
        await store.get_to_file("none", tmp_path / "none")
    assert filed.value.code is ErrorCode.OBJECT_MISSING
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("key", ["", "x" * 1025])
async def test_an_impossible_key_is_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(PermanentError) as put:
        await store.put(key, b"x")
    assert put.value.code is ErrorCode.OBJECT_KEY_INVALID


async def test_a_listing_is_complete_ordered_and_limited_to_its_prefix(store: ObjectStore) -> None:
    keys = [f"list/{number:02}" for number in range(7)]
    for key in [*reversed(keys), "listed", "lis"]:
        await store.put(key, key.encode())
    listed = [info async for info in store.list("list/", page_size=3)]
    assert [info.key for info in listed] == keys
    assert all(info.size_bytes == 7 for info in listed)
    assert [info async for info in store.list("nothing/")] == []


async def test_a_listing_can_start_after_a_key(store: ObjectStore) -> None:
    for key in ("list/a/1", "list/a/2", "list/b/1", "list/b/2", "list/c"):
        await store.put(key, b"x")
    listed = [info.key async for info in store.list("list/", start_after="list/a/2", page_size=2)]
    assert listed == ["list/b/1", "list/b/2", "list/c"]
    assert [info.key async for info in store.list("list/", start_after="list/a/~")] == listed


async def test_put_if_absent_writes_once(store: ObjectStore) -> None:
    assert await store.put_if_absent(KEY, b"first", content_type="text/plain")
    assert not await store.put_if_absent(KEY, b"second")
    assert await store.get(KEY) == b"first"
    await store.delete([KEY])
    assert await store.put_if_absent(KEY, b"third")


async def test_delete_removes_objects_and_accepts_missing_keys(store: ObjectStore) -> None:
    for key in ("a/1", "a/2", "a/3"):
        await store.put(key, b"x")
    await store.delete(["a/1", "a/3", "a/none"])
    await store.delete([])
    assert [info.key async for info in store.list("a/")] == ["a/2"]


async def test_get_refuses_more_bytes_than_allowed(store: ObjectStore) -> None:
    await store.put(KEY, b"12345")
    assert await store.get(KEY, max_bytes=5) == b"12345"
    with pytest.raises(PermanentError, match="5 bytes, more than the 4 allowed"):
        await store.get(KEY, max_bytes=4)


async def test_a_big_file_goes_up_in_parts_and_comes_back(
    store: ObjectStore, tmp_path: Path
) -> None:
    source, target = tmp_path / "source.mp4", tmp_path / "target.mp4"
    source.write_bytes(hashlib.shake_256(b"video").digest(11 * 1024 * 1024 + 17))
    sent: list[int] = []
    await store.put_file(KEY, source, content_type="video/mp4", report=sent.append)
    assert sum(sent) == source.stat().st_size
    info = await store.get_to_file(KEY, target)
    assert target.read_bytes() == source.read_bytes()
    assert (info.size_bytes, info.content_type) == (source.stat().st_size, "video/mp4")
    assert names_in(tmp_path) == ["source.mp4", "target.mp4"]


async def test_a_small_file_goes_up_whole(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "layout.db.gz"
    source.write_bytes(b"gz")
    await store.put_file(KEY, source)
    assert await store.get(KEY) == b"gz"


async def test_the_bucket_exists_and_answers(store: ObjectStore) -> None:
    await store.ensure_bucket()
    await store.ping()
    assert [info async for info in store.list("")] == []
