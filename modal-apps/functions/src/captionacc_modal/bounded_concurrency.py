"""Run many coroutines with a limit on how many run at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def map_bounded(
    work: Callable[[Item], Awaitable[Result]], items: Iterable[Item], *, at_once: int
) -> list[Result]:
    """The results of ``work`` in the order of ``items``; at most ``at_once`` run at a time.

    The first failure cancels the other items. Its exception is raised without a group around it.
    """
    pending = enumerate(items)
    results: dict[int, Result] = {}

    async def worker() -> None:
        # One iterator shared by all workers: each takes the next item when it is free.
        for number, item in pending:
            results[number] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise first_of(failures) from None
    return [results[number] for number in range(len(results))]


def first_of(failures: ExceptionGroup[Exception]) -> Exception:
    """The first exception in ``failures`` that is not a group."""
    first: Exception = failures
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first
