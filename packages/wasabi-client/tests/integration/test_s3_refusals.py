"""How the S3 store reports refusals, cut connections and silence, and what a signature allows."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import pytest_asyncio
from captionacc_contracts.errors import ErrorCode, PermanentError, TransientError
from captionacc_testkit.faults import FaultyProxy, faulty_proxy
from captionacc_testkit.waiting import eventually
from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings
from captionacc_wasabi.store import ObjectStore, StoreLimits

IMPATIENT = StoreLimits(connect_s=2.0, read_s=0.5, attempts=1, part_bytes=5 * 1024 * 1024)


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(object_store_settings: StoreSettings) -> AsyncIterator[FaultyProxy]:
    address = urlsplit(object_store_settings.wasabi_endpoint_url)
    assert address.hostname is not None
    assert address.port is not None
    async with faulty_proxy(address.hostname, address.port) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def direct(object_store_settings: StoreSettings) -> AsyncIterator[ObjectStore]:
    async with open_store(object_store_settings) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def store(
    object_store_settings: StoreSettings, proxy: FaultyProxy
) -> AsyncIterator[ObjectStore]:
    """The store behind the faulty proxy, with short time-outs."""
    through = f"http://127.0.0.1:{proxy.port}"
    settings = msgspec.structs.replace(object_store_settings, wasabi_endpoint_url=through)
    async with open_store(settings, limits=IMPATIENT) as opened:
        yield opened


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fetch(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


@pytest.mark.parametrize(
    "change", [{"wasabi_secret_key": "wrong"}, {"wasabi_access_key": "captionacc:nobody"}]
)
async def test_wrong_credentials_are_a_permanent_error(
    object_store_settings: StoreSettings, change: dict[str, str]
) -> None:
    settings = msgspec.structs.replace(object_store_settings, **change)
    async with open_store(settings) as refused:
        with pytest.raises(PermanentError, match="WASABI_SECRET_KEY") as put:
            await refused.put("key", b"x")
        assert put.value.code is ErrorCode.STORE_UNAVAILABLE
        with pytest.raises(PermanentError):
            await refused.stat("key")


async def test_a_missing_bucket_is_not_a_missing_object(
    object_store_settings: StoreSettings,
) -> None:
    settings = msgspec.structs.replace(object_store_settings, wasabi_bucket="not-made")
    async with open_store(settings) as bare:
        for call in (bare.get("key"), bare.ping()):
            with pytest.raises(PermanentError, match="WASABI_BUCKET") as refused:
                await call
            assert refused.value.code is ErrorCode.STORE_UNAVAILABLE


async def test_a_presigned_address_serves_until_it_expires(direct: ObjectStore) -> None:
    await direct.put("signed/字.txt", b"text", content_type="text/plain")
    url = await direct.presigned_get("signed/字.txt", 60)
    assert await asyncio.to_thread(fetch, url) == (200, b"text")
    forged = url[:-1] + ("0" if url[-1] != "0" else "1")
    assert (await asyncio.to_thread(fetch, forged))[0] == 403

    short = await direct.presigned_get("signed/字.txt", 1)

    async def expired() -> bool:
        return (await asyncio.to_thread(fetch, short))[0] == 403

    await eventually(expired, 15)


async def test_a_cut_connection_is_transient_and_the_store_recovers(
    store: ObjectStore, proxy: FaultyProxy
) -> None:
    await store.put("key", b"x")
    proxy.cut()
    with pytest.raises(TransientError) as cut:
        await store.get("key")
    assert cut.value.code is ErrorCode.STORE_UNAVAILABLE
    with pytest.raises(TransientError):
        await store.stat("key")
    with pytest.raises(TransientError):
        await store.put("key", b"y")
    proxy.restore()
    assert await store.get("key") == b"x"


async def test_silence_ends_with_a_time_out(store: ObjectStore, proxy: FaultyProxy) -> None:
    proxy.black_hole()
    async with asyncio.timeout(10):
        with pytest.raises(TransientError):
            await store.get("key")
        with pytest.raises(TransientError):
            await store.delete(["key"])
        with pytest.raises(TransientError):
            _ = [info async for info in store.list("key")]


async def test_a_truncated_body_is_transient_and_leaves_no_file(
    store: ObjectStore, direct: ObjectStore, proxy: FaultyProxy, tmp_path: Path
) -> None:
    await direct.put("key", b"x" * 1_000_000)
    proxy.truncate_answers(300_000)
    with pytest.raises(TransientError):
        await store.get("key")
    with pytest.raises(TransientError):
        await store.get_to_file("key", tmp_path / "video.mp4")
    assert names_in(tmp_path) == []
    proxy.restore()
    await store.get_to_file("key", tmp_path / "video.mp4")
    assert (tmp_path / "video.mp4").stat().st_size == 1_000_000


async def test_a_body_that_stalls_is_transient(
    store: ObjectStore, direct: ObjectStore, proxy: FaultyProxy
) -> None:
    await direct.put("key", b"x" * 1_000_000)
    proxy.delay(2.0)
    with pytest.raises(TransientError):
        await store.get("key")


async def test_a_failed_upload_leaves_the_old_object(
    store: ObjectStore, direct: ObjectStore, proxy: FaultyProxy, tmp_path: Path
) -> None:
    big = tmp_path / "video.mp4"
    big.write_bytes(b"y" * (6 * 1024 * 1024))
    await direct.put("key", b"old")
    proxy.cut()
    with pytest.raises(TransientError):
        await store.put_file("key", big)
    assert await direct.get("key") == b"old"


async def test_a_retry_hides_a_short_cut(
    object_store_settings: StoreSettings, proxy: FaultyProxy
) -> None:
    through = f"http://127.0.0.1:{proxy.port}"
    settings = msgspec.structs.replace(object_store_settings, wasabi_endpoint_url=through)
    async with open_store(settings) as patient:
        await patient.put("key", b"x")
        proxy.cut()
        before = proxy.connections
        getting = asyncio.create_task(patient.get("key"))
        await eventually(lambda: proxy.connections > before)
        proxy.restore()
        assert await getting == b"x"


async def test_ensure_bucket_keeps_an_existing_bucket(object_store_settings: StoreSettings) -> None:
    settings = msgspec.structs.replace(
        object_store_settings, wasabi_bucket=f"{object_store_settings.wasabi_bucket}-more"
    )
    async with open_store(settings) as opened:
        await opened.ensure_bucket()
        await opened.put("key", b"x")
        await opened.ensure_bucket()
        assert await opened.get("key") == b"x"
