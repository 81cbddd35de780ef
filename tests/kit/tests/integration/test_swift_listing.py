import asyncio

from captionacc_wasabi.opening import open_store
from captionacc_wasabi.settings import StoreSettings


async def test_a_listing_misses_none_of_many_writes_at_once(
    object_store_settings: StoreSettings,
) -> None:
    keys = {f"frames/{number:04}.jpg" for number in range(120)}
    async with open_store(object_store_settings) as store:
        async with asyncio.TaskGroup() as group:
            for key in keys:
                group.create_task(store.put(key, b"jpeg"))
        assert {info.key async for info in store.list("frames/")} == keys
        await store.delete(keys)
        assert [info async for info in store.list("frames/")] == []
