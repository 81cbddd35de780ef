import asyncio
from collections.abc import AsyncGenerator

import pytest
from captionacc_modal.run_ahead import run_ahead


async def test_the_next_item_is_made_while_one_is_used() -> None:
    made: list[int] = []
    second = asyncio.Event()

    async def numbers() -> AsyncGenerator[int, None]:
        for number in range(9):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    async with run_ahead(numbers()) as items:
        async for number in items:
            if number == 0:
                await asyncio.wait_for(second.wait(), 5)
                await asyncio.sleep(0)
                assert len(made) == 2, "one is used, one waits"
    assert made == list(range(9))


async def test_an_error_comes_after_the_items_before_it() -> None:
    async def broken() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("no more")

    async with run_ahead(broken()) as items:
        assert await anext(items) == 1
        with pytest.raises(ValueError, match="no more"):
            await anext(items)


async def test_a_caller_that_stops_early_ends_the_work() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
                await asyncio.sleep(0)
        finally:
            ended.set()

    async with run_ahead(endless()) as items:
        assert await anext(items) == 1
        assert not ended.is_set()
    assert ended.is_set()
