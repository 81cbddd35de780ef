import asyncio

import pytest
from captionacc_modal.bounded_concurrency import map_bounded


async def test_results_keep_their_order_and_no_more_than_allowed_run_at_once() -> None:
    under_way = most = 0

    async def work(item: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(10 - item % 10):
            await asyncio.sleep(0)
        under_way -= 1
        return item * item

    assert await map_bounded(work, range(30), at_once=4) == [n * n for n in range(30)]
    assert most == 4


async def test_the_first_failure_is_raised_as_itself_and_ends_the_rest() -> None:
    begun: list[int] = []

    async def work(item: int) -> None:
        begun.append(item)
        await asyncio.sleep(0)
        if item == 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await map_bounded(work, range(1000), at_once=3)
    assert len(begun) < 20


async def test_nothing_to_do() -> None:
    async def work(item: int) -> int:
        return item

    assert await map_bounded(work, [], at_once=3) == []
